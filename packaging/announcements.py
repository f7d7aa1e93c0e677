"""Spoken announcements from text: resources/announcements/LANGUAGE/NAME.ul, G.711 mu-law at 8 kHz without a header, and
NAME.g729, frames of ten bytes, for phones that offer nothing else; so also the tones that are laid over calls.

Spoken by espeak-ng, brought to 8 kHz by sox, coded by bcg729 (Debian: apt-get install espeak-ng sox libbcg729-0); without that
library there is no G.729. Run it after a change of the texts: `python packaging/announcements.py`. With `--code` nothing is spoken
anew: what is there is coded in G.729.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from appliance.sip.media_tone import TONES, linear_from_ulaw, tone

TARGET = Path(__file__).resolve().parent.parent / "resources" / "announcements"
WORDS_A_MINUTE = "150"
FRAME_SAMPLES, FRAME_BYTES = 80, 10
WHOLE = frozenset(("no_credit", "balance"))
"""What stands by itself or comes first; all else is a word within a sentence."""

NO_CREDIT = {
    "en": "There is no credit left for this call. Please ask for a top-up.",
    "es": "No queda saldo para esta llamada. Por favor, pida una recarga.",
    "ar": "لا يوجد رصيد كافٍ لهذه المكالمة. يرجى شحن الرصيد.",
    "nl": "Er is geen tegoed meer voor dit gesprek. Vraag om een opwaardering.",
    "fr": "Il n'y a plus de crédit pour cet appel. Veuillez demander une recharge.",
    "pt": "Não há saldo para esta chamada. Por favor, peça uma recarga.",
    "de": "Für diesen Anruf ist kein Guthaben mehr da. Bitte lassen Sie es aufladen.",
}
#: "Your balance is", minus, the decimal sign, and the digits from nought to nine.
BALANCE = {
    "en": ("Your balance is", "minus", "point", "zero one two three four five six seven eight nine"),
    "es": ("Su saldo es", "menos", "coma", "cero uno dos tres cuatro cinco seis siete ocho nueve"),
    "ar": ("رصيدك هو", "ناقص", "فاصلة", "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة"),
    "nl": ("Uw tegoed is", "min", "komma", "nul één twee drie vier vijf zes zeven acht negen"),
    "fr": ("Votre solde est de", "moins", "virgule", "zéro un deux trois quatre cinq six sept huit neuf"),
    "pt": ("O seu saldo é", "menos", "vírgula", "zero um dois três quatro cinco seis sete oito nove"),
    "de": ("Ihr Guthaben ist", "minus", "Komma", "null eins zwei drei vier fünf sechs sieben acht neun"),
}
#: Currencies that are named; of others the figures alone are said.
CURRENCIES = {
    "en": {"eur": "euros", "usd": "dollars", "gbp": "pounds"},
    "es": {"eur": "euros", "usd": "dólares", "gbp": "libras"},
    "ar": {"eur": "يورو", "usd": "دولار", "gbp": "جنيه"},
    "nl": {"eur": "euro", "usd": "dollar", "gbp": "pond"},
    "fr": {"eur": "euros", "usd": "dollars", "gbp": "livres"},
    "pt": {"eur": "euros", "usd": "dólares", "gbp": "libras"},
    "de": {"eur": "Euro", "usd": "Dollar", "gbp": "Pfund"},
}


def texts_of(language: str) -> dict[str, str]:
    """Every announcement of a language by its file's name."""
    balance, minus, point, digits = BALANCE[language]
    return {
        "no_credit": NO_CREDIT[language],
        "balance": balance,
        "minus": minus,
        "point": point,
        **dict(enumerated(digits)),
        **CURRENCIES[language],
    }


def enumerated(digits: str) -> list[tuple[str, str]]:
    """Each digit's name with its file's."""
    return [(str(at), word) for at, word in enumerate(digits.split())]


def spoken(language: str, text: str, *, whole: bool) -> bytes:
    """The text as mu-law; `whole`: the beginning of what is said. OSError or CalledProcessError where it cannot be made."""
    with tempfile.TemporaryDirectory() as folder:
        wide, narrow = Path(folder, "wide.wav"), Path(folder, "narrow.ul")
        subprocess.run(["espeak-ng", "-v", language, "-s", WORDS_A_MINUTE, "-w", str(wide), "--", text], check=True)
        # -3 dB, silence at both ends cut, and half a second of it put before, while the relay learns the listener's address
        effects = [
            "norm",
            "-3",
            "silence",
            "1",
            "0.02",
            "0.5%",
            "reverse",
            "silence",
            "1",
            "0.02",
            "0.5%",
            "reverse",
            "pad",
            "0.5" if whole else "0.05",
            "0.3" if whole else "0.05",
        ]
        subprocess.run(["sox", str(wide), "-r", "8000", "-c", "1", "-t", "ul", str(narrow), *effects], check=True)
        return narrow.read_bytes()


def encoder() -> ctypes.CDLL | None:
    """The library that codes G.729; None where the machine has none."""
    name = ctypes.util.find_library("bcg729")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.initBcg729EncoderChannel.restype = ctypes.c_void_p
    library.initBcg729EncoderChannel.argtypes = [ctypes.c_uint8]
    library.bcg729Encoder.restype = None
    library.bcg729Encoder.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_uint8)]
    library.closeBcg729EncoderChannel.restype = None
    library.closeBcg729EncoderChannel.argtypes = [ctypes.c_void_p]
    return library


def coded(library: ctypes.CDLL, sound: bytes) -> bytes:
    """mu-law as G.729: ten bytes for each 10 ms, the last filled with silence. Every frame is sent: no silence is left out."""
    samples = [linear_from_ulaw(code) for code in sound]
    samples += [0] * (-len(samples) % FRAME_SAMPLES)
    channel = library.initBcg729EncoderChannel(0)
    frames = []
    try:
        for start in range(0, len(samples), FRAME_SAMPLES):
            frame, length = ctypes.create_string_buffer(FRAME_BYTES), ctypes.c_uint8()
            library.bcg729Encoder(channel, struct.pack(f"={FRAME_SAMPLES}h", *samples[start : start + FRAME_SAMPLES]), frame, ctypes.byref(length))
            if length.value != FRAME_BYTES:
                raise ValueError(f"a frame of {length.value} bytes")
            frames.append(frame.raw)
    finally:
        library.closeBcg729EncoderChannel(channel)
    return b"".join(frames)


def speak() -> int:
    """Write all that is spoken; 1 where a program is missing."""
    missing = [program for program in ("espeak-ng", "sox") if shutil.which(program) is None]
    if missing:
        print(f"announcements need {' and '.join(missing)}. On Debian and Ubuntu: sudo apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    for language in BALANCE:
        (TARGET / language).mkdir(parents=True, exist_ok=True)
        for name, text in texts_of(language).items():
            sound = spoken(language, text, whole=name in WHOLE)
            (TARGET / language / f"{name}.ul").write_bytes(sound)
            print(f"{language}/{name}: {len(sound) / 8000:.1f} s")
    return 0


def main() -> int:
    """Write them all; 1 where a program is missing. Old G.729 never stays beside a new text."""
    if "--code" not in sys.argv[1:] and speak():
        return 1
    for old in TARGET.glob("*/*.g729"):
        old.unlink()
    library = encoder()
    if library is None:
        print("no G.729: on Debian and Ubuntu: sudo apt-get install libbcg729-0", file=sys.stderr)
        return 0
    for file in sorted(TARGET.glob("*/*.ul")):
        file.with_suffix(".g729").write_bytes(coded(library, file.read_bytes()))
    (TARGET / "tones").mkdir(exist_ok=True)
    for name in TONES:
        (TARGET / "tones" / f"{name}.g729").write_bytes(coded(library, tone(name, 0)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
