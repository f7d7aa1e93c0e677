"""The rates of one tariff, found by longest prefix among half a million of them in a few microseconds.

The law of this file: among the versions of one prefix that hold at a moment, one made for the band beats one
for all times, then the latest valid-from, then the newest id; a prefix none of whose versions holds is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar, cast

from appliance.billing.rate import Rate

T = TypeVar("T", str | None, int | None)
_PROFILE = slice(4, 16)  # everything in a Rate that many rates share


class Profile(NamedTuple):
    """The fields of a Rate after its price; one object for all rates that agree."""

    connection_fee_micros: int | None
    first_increment: int | None
    next_increment: int | None
    minimum_seconds: int | None
    free_below_seconds: int | None
    free_seconds: int | None
    minimum_charge_micros: int | None
    maximum_charge_micros: int | None
    blocked: int | None
    band: str
    valid_from_at: int | None
    valid_until_at: int | None


class Row(NamedTuple):
    """A Rate as the deck keeps it."""

    id: int
    prefix: str
    destination: str | None
    price_micros: int | None
    profile: Profile
    always: bool  # holds at every moment and in every band

    def holds(self, band: str, at_ms: int) -> bool:
        """Whether this version counts at that moment."""
        profile = self.profile
        if profile.band and profile.band != band:
            return False
        if profile.valid_from_at is not None and at_ms < profile.valid_from_at:
            return False
        return profile.valid_until_at is None or at_ms < profile.valid_until_at


class RateDeck:
    """Built from rows in the order of Rate's fields; may be built beside and swapped in whole."""

    __slots__ = ("_by_prefix", "_lengths", "_ordered", "_shared")

    def __init__(self, rates: Iterable[tuple[object, ...]] = ()) -> None:
        self._by_prefix: dict[str, Row | list[Row]] = {}
        self._lengths: tuple[int, ...] = ()  # of the prefixes there are, longest first
        self._shared: dict[object, object] = {}
        self._ordered: list[str] | None = None
        self.add(rates)

    def __len__(self) -> int:
        return len(self._by_prefix)

    def __contains__(self, prefix: str) -> bool:
        return prefix in self._by_prefix

    def add(self, rates: Iterable[tuple[object, ...]]) -> None:
        """Put versions in; one whose id is there already takes its place."""
        by_prefix, share = self._by_prefix, self._shared.setdefault
        self._ordered = None
        profiles: dict[object, tuple[Profile, bool]] = {}
        lengths = set(self._lengths)
        for given in rates:
            rate = Rate(*given)  # type: ignore[arg-type]  # rows of SQL, in Rate's order
            known = profiles.get(rate[_PROFILE])
            if known is None:
                profile = Profile(*rate[4:16])
                share(profile, profile)
                known = profiles[rate[_PROFILE]] = (profile, not profile.band and profile.valid_from_at is None and profile.valid_until_at is None)
            row = Row(rate.id, rate.prefix, _shared(share, rate.destination), _shared(share, rate.price_micros), *known)
            there = by_prefix.get(row.prefix)
            if there is None:
                by_prefix[row.prefix] = row
                lengths.add(len(row.prefix))
            else:
                others = [there] if isinstance(there, Row) else there
                versions = [other for other in others if other.id != row.id] + [row]
                by_prefix[row.prefix] = versions[0] if len(versions) == 1 else sorted(versions, key=_order)
        self._lengths = tuple(sorted(lengths, reverse=True))

    def remove(self, versions: Iterable[tuple[str, int]]) -> None:
        """Take (prefix, rate id) out; what is not there is passed over."""
        self._ordered = None
        for prefix, rate_id in versions:
            there = self._by_prefix.get(prefix)
            if there is None:
                continue
            left = [row for row in ([there] if isinstance(there, Row) else there) if row.id != rate_id]
            if left:
                self._by_prefix[prefix] = left[0] if len(left) == 1 else left
            else:
                del self._by_prefix[prefix]

    def match(self, number: str, band: str, at_ms: int) -> Row | None:
        """The version that counts for a number at a moment, or None."""
        find = self._by_prefix.get
        for length in self._lengths:
            found = find(number[:length])  # of a shorter number this is all of it, which is its longest prefix
            if found is None:
                continue
            if isinstance(found, list):
                for row in found:
                    if row.always or row.holds(band, at_ms):
                        return row
            elif found.always or found.holds(band, at_ms):
                return found
        return None

    def prefixes(self) -> Iterator[str]:
        """Every prefix that has a version, valid or not."""
        return iter(self._by_prefix)

    def ordered(self) -> list[str]:
        """The same sorted; kept until the deck changes. Not to be changed."""
        if self._ordered is None:
            self._ordered = sorted(self._by_prefix)
        return self._ordered

    def versions(self, prefix: str) -> Sequence[Row]:
        """The versions of exactly this prefix, the one that counts first."""
        found = self._by_prefix.get(prefix)
        return () if found is None else (found,) if isinstance(found, Row) else found

    def named(self, text: str, unnamed: bool = False) -> list[str]:
        """Prefixes with a version whose destination contains a text in lower case (or, if `unnamed`, has none of its own), in no order."""
        fits: dict[str | None, bool] = {None: unnamed}
        found = []
        for prefix, there in self._by_prefix.items():
            for row in (there,) if isinstance(there, Row) else there:
                name = row.destination
                fit = fits.get(name)
                if fit is None:
                    fit = fits[name] = name is not None and text in name.lower()
                if fit:
                    found.append(prefix)
                    break
        return found

    def rows(self) -> list[Row | list[Row]]:
        """All versions, those of one prefix together where there are several, in no order."""
        return list(self._by_prefix.values())

    def copy(self) -> RateDeck:
        """Another deck with the same versions: what is changed in one is not in the other."""
        other = RateDeck()
        other._by_prefix = self._by_prefix.copy()
        other._lengths = self._lengths
        other._shared = self._shared.copy()
        return other


def _shared(share: Callable[[object, object], object], value: T) -> T:
    """The first object equal to `value`: half a million rates share a few names and prices."""
    return cast(T, share(value, value))


def _order(row: Row) -> tuple[bool, bool, int, int]:
    profile = row.profile
    since = profile.valid_from_at
    return (not profile.band, since is None, -(since or 0), -row.id)
