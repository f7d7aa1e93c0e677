"""From the digits that were dialled to the number that is rated and routed (E.164 without its plus).

No number is refused here for its length or form: only rates and routes decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from appliance.errors import UserError

_SEPARATORS = str.maketrans("", "", " -.()/")
_KEYS = frozenset({"country", "international", "national", "short", "strip"})


@dataclass(frozen=True, slots=True)
class DialPlan:
    """How one customer or reseller dials.

    `short` codes are looked up first and give the number itself; then the first of `strip` that fits is taken away;
    then a plus or one of `international` leaves the rest as it stands; then `national` is replaced by `country`.
    """

    country: str = ""  # calling code, "31"
    international: tuple[str, ...] = ("00",)
    national: str = ""  # "0"; "": what is dialled without an international prefix stands as it is
    short: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    strip: tuple[str, ...] = ()

    def normalise(self, dialled: str) -> str:
        """The number that is rated."""
        number = dialled
        if not number.isdigit():
            number = number.strip()
            plain = number.translate(_SEPARATORS)
            if plain.removeprefix("+").isdigit():
                number = plain
        if number in self.short:
            return self.short[number].removeprefix("+")
        for prefix in self.strip:
            if number.startswith(prefix):
                number = number.removeprefix(prefix)
                break
        if number.startswith("+"):
            return number[1:]
        for prefix in self.international:
            if number.startswith(prefix):
                return number.removeprefix(prefix)
        if self.national and self.country and number.startswith(self.national):
            return self.country + number.removeprefix(self.national)
        return number


DEFAULT = DialPlan()


def normalise(dialled: str) -> str:
    """Without a plan of anybody's: a leading plus or 00 is taken away."""
    return DEFAULT.normalise(dialled)


def dial_plan(value: object, name: str = "dial_plan") -> DialPlan:
    """From decoded JSON: an object with the fields of DialPlan, or None. UserError: dial_plan.invalid."""
    if not value:
        return DEFAULT
    if not isinstance(value, dict) or not value.keys() <= _KEYS:
        raise UserError("dial_plan.invalid", field=name)
    country, national = value.get("country", ""), value.get("national", "")
    international, strip, short = value.get("international", ["00"]), value.get("strip", []), value.get("short", {})
    plain = _texts([country, national]) and _texts(international) and _texts(strip)
    if not (plain and isinstance(short, dict) and _texts([*short, *short.values()])):
        raise UserError("dial_plan.invalid", field=name)
    longest_first = tuple(sorted((prefix for prefix in international if prefix), key=len, reverse=True))
    return DialPlan(country.removeprefix("+"), longest_first, national, MappingProxyType(dict(short)), tuple(filter(None, strip)))


def _texts(values: object) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)
