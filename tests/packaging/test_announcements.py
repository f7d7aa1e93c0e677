"""What is spoken lies in G.711 and, the same, in G.729."""

from __future__ import annotations

import ctypes
import struct
from types import ModuleType

import pytest

from appliance.sip.media_tone import TONES, linear_from_ulaw, tone
from tests.packaging.conftest import ROOT

FILES = sorted((ROOT / "resources" / "announcements").glob("*/*.ul"))
FRAME = 80  # samples of ten bytes


@pytest.fixture
def announcements(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    import announcements  # type: ignore[import-not-found]

    return announcements  # type: ignore[no-any-return]


def decoded(library: ctypes.CDLL, sound: bytes) -> list[int]:
    library.initBcg729DecoderChannel.restype = ctypes.c_void_p
    channel = ctypes.c_void_p(library.initBcg729DecoderChannel())
    samples: list[int] = []
    for at in range(0, len(sound), 10):
        out = ctypes.create_string_buffer(2 * FRAME)
        library.bcg729Decoder(channel, sound[at : at + 10], ctypes.c_uint8(10), ctypes.c_uint8(0), ctypes.c_uint8(0), ctypes.c_uint8(0), out)
        samples += struct.unpack(f"={FRAME}h", out.raw)
    library.closeBcg729DecoderChannel(channel)
    return samples


def levels(samples: list[int]) -> list[float]:
    """The sound's strength, each 20 ms."""
    return [sum(each * each for each in samples[at : at + 160]) ** 0.5 for at in range(0, len(samples) - 160, 160)]


def alike(one: list[float], two: list[float]) -> float:
    """Correlation: 1 for the same rise and fall."""
    pairs = list(zip(one, two, strict=False))
    middle = sum(one) / len(one), sum(two) / len(two)
    shared = sum((a - middle[0]) * (b - middle[1]) for a, b in pairs)
    return shared / (sum((a - middle[0]) ** 2 for a in one) * sum((b - middle[1]) ** 2 for b in two)) ** 0.5


def test_each_file_is_there_in_both(announcements: ModuleType) -> None:
    """As long in both; where the machine can decode it, one sentence of each language rises and falls alike."""
    assert len(FILES) == 7 * 17
    for file in FILES:
        assert file.with_suffix(".g729").stat().st_size == -(-file.stat().st_size // FRAME) * 10, file
    for name in TONES:
        assert (ROOT / "resources" / "announcements" / "tones" / f"{name}.g729").stat().st_size * 8 == len(tone(name, 0))
    library = announcements.encoder()
    for file in FILES if library is not None else ():
        if file.stem == "balance":
            plain = [linear_from_ulaw(code) for code in file.read_bytes()]
            heard = decoded(library, file.with_suffix(".g729").read_bytes())[: len(plain)]
            likeness = alike(levels(plain), levels(heard[40:] + [0] * 40))  # the decoder is half a frame behind
            assert likeness > 0.95, (file, likeness)
            assert announcements.coded(library, file.read_bytes()[:1000])[:20] == file.with_suffix(".g729").read_bytes()[:20]


def test_without_the_library_there_is_only_g711(announcements: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda _: None)
    assert announcements.encoder() is None
