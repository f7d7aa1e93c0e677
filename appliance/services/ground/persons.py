"""Numbers of persons as they are shown to those who may not read them whole."""

from __future__ import annotations

HIDDEN_DIGITS = 4
SHORTEST = 7
"""Shorter numbers are extensions and services, and nobody's in particular."""


def cut_number(number: str) -> str:
    """The number with its last digits hidden."""
    return number[:-HIDDEN_DIGITS] + "*" * HIDDEN_DIGITS if len(number) >= SHORTEST else number
