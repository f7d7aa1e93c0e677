"""Secrets at rest open with their folder's key and their purpose alone."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import EnvironmentFault, UserError
from appliance.store.copy_cipher import CopyKey, Decrypting, Encrypting, new_phrase, plain_phrase
from appliance.store.seal import KEY_NAME, Seal

KEY = CopyKey(b"s" * 16, b"k" * 32)


def code_of(call: object, *arguments: object, **how: object) -> str:
    with pytest.raises((EnvironmentFault, UserError)) as met:
        call(*arguments, **how)  # type: ignore[operator]
    return met.value.code


def test_a_secret_comes_back(tmp_path: Path) -> None:
    seal = Seal.of(tmp_path)
    sealed = seal.seal("gehëim-1", "endpoint:1")
    assert b"heim" not in sealed and sealed != seal.seal("gehëim-1", "endpoint:1")
    assert Seal.of(tmp_path).open(sealed, "endpoint:1") == "gehëim-1"
    assert seal.open(seal.seal("", "x"), "x") == ""


def test_it_opens_nowhere_else(tmp_path: Path) -> None:
    seal = Seal.of(tmp_path)
    sealed = seal.seal("secret", "endpoint:1")
    assert code_of(seal.open, sealed, "endpoint:2") == "seal.damaged"
    (tmp_path / "other").mkdir()
    assert code_of(Seal.of(tmp_path / "other").open, sealed, "endpoint:1") == "seal.damaged"
    for at in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[at] ^= 1
        assert code_of(seal.open, bytes(damaged), "endpoint:1") == "seal.damaged"
    for short in (b"", sealed[:1], sealed[:13], sealed[:-1]):
        assert code_of(seal.open, short, "endpoint:1") == "seal.damaged"


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    assert code_of(Seal.of, tmp_path, make=False) == "seal.missing"
    Seal.of(tmp_path)
    key = tmp_path / KEY_NAME
    if sys.platform != "win32":
        assert key.stat().st_mode & 0o777 == 0o600
        key.chmod(0o640)
        assert code_of(Seal.of, tmp_path) == "seal.exposed"
        key.chmod(0o600)
    key.write_bytes(b"short")
    assert code_of(Seal.of, tmp_path) == "seal.damaged"
    assert code_of(Seal.of, tmp_path / "nowhere") == "seal.missing"


def test_a_phrase_is_forgiving_of_hands_and_not_of_faults() -> None:
    phrase = new_phrase()
    assert len(phrase) == 29 and phrase != new_phrase()
    sloppy = phrase.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert plain_phrase(sloppy) == phrase.replace("-", "")
    assert CopyKey.of(sloppy, b"s" * 16) == CopyKey.of(phrase, b"s" * 16)
    assert code_of(plain_phrase, phrase[:-2]) == "copy.phrase_wrong"
    assert code_of(plain_phrase, "U" + phrase[1:]) == "copy.phrase_wrong"


def test_the_copys_key_lies_in_the_folder(tmp_path: Path) -> None:
    assert CopyKey.load(tmp_path) is None
    KEY.save(tmp_path)
    assert CopyKey.load(tmp_path) == KEY
    (tmp_path / "copy.key").write_text('["","')
    assert code_of(CopyKey.load, tmp_path) == "copy.key_damaged"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 900_000), max_size=4), st.randoms(use_true_random=False))
def test_streams_of_any_length_come_back(parts: list[int], dice: object) -> None:
    target = io.BytesIO()
    stream = Encrypting(target, KEY)
    whole = b"".join(os.urandom(size) for size in parts)
    at = 0
    for size in parts:
        stream.write(whole[at : at + size])
        at += size
    stream.close()
    source = Decrypting(io.BytesIO(target.getvalue()), KEY)
    assert source.read(len(whole)) == whole
    assert code_of(source.read, 1) == "copy.damaged"


def test_a_stream_cannot_be_cut_moved_or_changed() -> None:
    target = io.BytesIO()
    stream = Encrypting(target, KEY)
    whole = os.urandom((3 << 20) + 5)
    stream.write(whole)
    stream.close()
    content = target.getvalue()
    head, chunk = 42, (1 << 20) + 16

    def fails(changed: bytes) -> None:
        assert code_of(lambda: Decrypting(io.BytesIO(changed), KEY).read(len(whole))) in {"copy.damaged", "copy.unreadable"}

    fails(content[:-1])
    fails(content[: head + 2 * chunk])
    fails(content[:head] + content[head + chunk : head + 2 * chunk] + content[head : head + chunk] + content[head + 2 * chunk :])
    fails(content[:20] + bytes([content[20] ^ 1]) + content[21:])
    fails(content[: head + chunk + 9] + bytes([content[head + chunk + 9] ^ 1]) + content[head + chunk + 10 :])
    fails(content[:head])
    fails(b"")
    fails(b"no copy at all" * 10)
