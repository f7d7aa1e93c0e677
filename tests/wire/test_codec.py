"""JSON of the wire: strict, and every fault names its field."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import UserError
from appliance.wire import codec
from appliance.wire.operations import OPERATIONS
from appliance.wire.shapes import Request


class Inner(Request, frozen=True):
    number: str
    count: int = 0


class Outer(Request, frozen=True):
    name: str
    inner: list[Inner] = []
    kinds: dict[str, Literal["udp", "tcp"] | None] = {}


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ('{"name": "a", "colour": 1}', "request.unknown_field", "colour"),
        ('{"name": "a", "inner": [{"number": "1", "kind": 2}]}', "request.unknown_field", "inner[0].kind"),
        ("{}", "request.missing_field", "name"),
        ('{"name": "a", "inner": [{}]}', "request.missing_field", "inner[0].number"),
        ('{"name": 5}', "request.wrong_value", "name"),
        ('{"name": "a", "inner": [{"number": "1", "count": "2"}]}', "request.wrong_value", "inner[0].count"),
        ('{"name": "a", "kinds": {"x": "tls"}}', "field.not_a_choice", "kinds[...]"),
        ("[]", "request.wrong_value", None),
        ("{", "request.not_json", None),
        ('{"name": "\\ud800"}', "request.not_json", None),
    ],
)
def test_faults_name_their_field(text: str, code: str, field: str | None) -> None:
    with pytest.raises(UserError) as caught:
        codec.decode(text, Outer)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_text_that_is_no_json_names_line_and_column() -> None:
    with pytest.raises(UserError) as caught:
        codec.decode('{\n "name": "a",\n "inner": [}\n}', Outer)
    assert (caught.value.parameters["line"], caught.value.parameters["column"]) == (3, 12)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(UserError, match=r"request\.not_json"):
        codec.decode("[" * 100_000, list)


def test_too_much_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MOST_BYTES", 10)
    with pytest.raises(UserError, match=r"request\.too_large"):
        codec.decode('{"name": "aaaaaaaaaa"}', Outer)


def test_texts_of_a_query_become_numbers() -> None:
    assert codec.convert({"number": "5", "count": "7"}, Inner) == Inner("5", 7)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        codec.decode(data, Outer)
    except UserError as error:
        assert error.code.startswith("request.")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_request_refuses_an_unknown_field(name: str) -> None:
    with pytest.raises(UserError) as caught:
        codec.decode('{"no_such_field_at_all": 1}', OPERATIONS[name].request)
    assert caught.value.code in {"request.unknown_field", "request.missing_field"}
