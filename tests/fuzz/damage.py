"""Damage as broken phones, scanners and lines do it to messages."""

from __future__ import annotations

import random

PIECES = (
    *(b"\r\n", b"\n", b"\r", b" ", b'"', b"<", b">", b";", b",", b":", b"\\", b"=", b"[", b"]", b"@", b"*", b"\x00", b"\xff"),
    *(b"\r\n\r\n", b"%00", b"sip:", b"tel:", b"0", b"99999999999", "é".encode(), b";tag=", b";rport", b"m=audio 0 ", b"c=IN IP4 0.0.0.0"),
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One to four faults; Content-Length is put right most times, so that the fault reaches deeper."""
    spoilt = data
    for _ in range(chance.randrange(1, 5)):
        if spoilt:
            spoilt = chance.choice(_FAULTS)(spoilt, chance)
    return with_true_length(spoilt) if chance.random() < 0.7 else spoilt


def with_true_length(data: bytes) -> bytes:
    """The message with a Content-Length that is right, where it has one at all."""
    head, blank, body = data.partition(b"\r\n\r\n")
    lines = [b"Content-Length: %d" % len(body) if line.startswith(b"Content-Length") else line for line in head.split(b"\r\n")]
    return b"\r\n".join(lines) + blank + body


def _one_byte(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + data[place + chance.randrange(1, 30) :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + chance.choice(PIECES) + data[place:]


def _stutter(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[: place + 40] + data[place:]


def _line(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\r\n")
    place = chance.randrange(len(lines))
    if chance.random() < 0.5:
        del lines[place]
    else:
        lines.insert(chance.randrange(len(lines) + 1), lines[place])
    return b"\r\n".join(lines)


def _word(data: bytes, chance: random.Random) -> bytes:
    words = data.split(b" ")
    words[chance.randrange(len(words))] = chance.choice(PIECES)
    return b" ".join(words)


_FAULTS = (_one_byte, _cut, _insert, _stutter, _line, _word)
