"""What was heard, from the file that a phone wrote of it."""

from __future__ import annotations

import math
import wave
from collections.abc import Sequence
from pathlib import Path


def heard(file: Path, hertz: int) -> float:
    """Share of the sound's power at that frequency, over the clearest quarter of a second of a WAV file of 16 bits (Goertzel)."""
    with wave.open(str(file)) as sound:
        rate, width, channels = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
        frames = sound.readframes(sound.getnframes())
    assert width == 2
    samples = [int.from_bytes(frames[at : at + 2], "little", signed=True) for at in range(0, len(frames) - 1, 2 * channels)]
    steps = range(0, max(1, len(samples) - rate // 4), rate // 8)
    return max(share(samples[start : start + rate // 4], hertz, rate) for start in steps)


def share(samples: Sequence[int], hertz: int, rate: int) -> float:
    """Power at one frequency over the whole power of these samples; 1.0 is a pure tone."""
    whole = sum(sample * sample for sample in samples)
    if not samples or whole < 1000 * len(samples):
        return 0.0
    turn = 2 * math.cos(2 * math.pi * hertz / rate)
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    power = one * one + two * two - turn * one * two
    return 2 * power / (len(samples) * whole)
