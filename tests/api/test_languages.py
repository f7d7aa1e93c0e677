"""Errors are told in the language that was asked for, else in the operator's own."""

from __future__ import annotations

import pytest

from appliance.api.languages import wanted


@pytest.mark.parametrize(
    ("header", "own", "code"),
    [
        (None, "", "en"),
        (None, "es", "es"),
        ("es", "", "es"),
        ("es-MX,es;q=0.9,en;q=0.5", "", "es"),
        ("en;q=0.5, ar;q=0.8", "", "ar"),
        ("en-GB", "es", "en"),
        ("nn, es;q=0.3", "ar", "es"),
        ("nn", "ar", "ar"),
        ("*", "es", "es"),
        ("es;q=0", "", "en"),
        ("es;q=often", "ar", "ar"),
        ("../../../etc/passwd", "", "en"),
        ("," * 5000, "es", "es"),
    ],
)
def test_the_language_of_an_answer(header: str | None, own: str, code: str) -> None:
    assert wanted(header, own) == code
