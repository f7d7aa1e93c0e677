"""From what is dialled to what is rated."""

from __future__ import annotations

import pytest

from appliance.billing.number import DEFAULT, DialPlan, dial_plan, normalise
from appliance.errors import UserError


@pytest.mark.parametrize(
    ("dialled", "number"),
    [("+31201234567", "31201234567"), ("0031201234567", "31201234567"), ("31201234567", "31201234567"), ("+31 (20) 123-45.67", "31201234567"),
     ("100", "100"), ("0", "0"), ("", ""), ("+", ""), ("alice", "alice"), ("*98#", "*98#"), ("0201234567", "0201234567")],
)  # fmt: skip
def test_without_a_plan(dialled: str, number: str) -> None:
    assert normalise(dialled) == number


def test_a_plan_of_a_country() -> None:
    short = {"112": "112", "9": "+31880000000"}
    plan = dial_plan({"country": "+31", "international": ["00", "011", ""], "national": "0", "short": short, "strip": ["*31#", ""]})
    dialled = ["0201234567", "0044201", "01144201", "+44201", "*31#0201234567", "9", "112", "12345"]
    assert [plan.normalise(text) for text in dialled] == ["31201234567", "44201", "44201", "44201", "31201234567", "31880000000", "112", "12345"]


def test_the_longest_international_prefix_is_tried_first() -> None:
    assert dial_plan({"international": ["0", "00"]}).normalise("0044") == "44"


def test_no_plan_is_the_default_and_nonsense_is_refused() -> None:
    assert dial_plan(None) is DEFAULT and dial_plan({}) is DEFAULT and DialPlan() == DEFAULT
    for wrong in ([1], {"colour": "red"}, {"country": 31}, {"international": "00"}, {"strip": [1]}, {"short": ["9"]}, {"short": {"9": 1}}):
        with pytest.raises(UserError) as caught:
            dial_plan(wrong, "customers[0].dial_plan")
        assert (caught.value.code, caught.value.field) == ("dial_plan.invalid", "customers[0].dial_plan")
