"""Saved ways of reading decks: a carrier's next deck looks like its last one. Kept in the settings of a reseller."""

from __future__ import annotations

import msgspec

from appliance.billing.deck_guess import Layout
from appliance.errors import NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.room import Room
from appliance.services.prices.deck_file import Sheet
from appliance.wire import codec
from appliance.wire.decks import ColumnRef, DeckAnswers, ProfileView

PREFIX = "deck.profile."
LONGEST = 20_000


class DeckProfiles:
    """By reseller and name. Writing is inside the open unit of work."""

    def __init__(self, room: Room) -> None:
        self._settings = room.store.settings

    def list(self, reseller_id: int) -> list[ProfileView]:
        """All of a reseller, by name."""
        kept = self._settings.all(_scope(reseller_id))
        return [
            ProfileView(key.removeprefix(PREFIX), codec.decode(text, DeckAnswers)) for key, text in sorted(kept.items()) if key.startswith(PREFIX)
        ]

    def find(self, reseller_id: int, name: str) -> DeckAnswers | None:
        """The answers kept under a name."""
        text = self._settings.get(PREFIX + name, _scope(reseller_id))
        return None if text is None else codec.decode(text, DeckAnswers)

    def save(self, reseller_id: int, name: str, answers: DeckAnswers) -> None:
        """Keep them; what was there under the name is replaced. UserError as `checked`."""
        self._settings.put(PREFIX + checked(name, answers), codec.encode(answers).decode(), _scope(reseller_id))

    def remove(self, reseller_id: int, name: str) -> None:
        """Forget one; NotFound deck.profile_unknown."""
        if not self._settings.remove(PREFIX + name, _scope(reseller_id)):
            raise NotFound("deck.profile_unknown", field="name", profile=name)


def checked(name: str, answers: DeckAnswers) -> str:
    """The name they may be kept under; UserError deck.profile_too_long, or what is wrong with the name."""
    if len(codec.encode(answers)) > LONGEST:
        raise UserError("deck.profile_too_long", field="profile")
    return str(col.name(name, "profile"))


def _scope(reseller_id: int) -> str:
    return f"reseller:{reseller_id}"


def merged(said: DeckAnswers, kept: DeckAnswers | None) -> DeckAnswers:
    """What was said now, over what a profile keeps."""
    values = {}
    for field in DeckAnswers.__struct_fields__:
        value = getattr(said, field)
        values[field] = getattr(kept, field) if value is None and kept is not None else value
    return DeckAnswers(**values)


def learned(answers: DeckAnswers, sheet: Sheet, layout: Layout) -> DeckAnswers:
    """The answers with what was guessed, so that the next deck of this layout is not guessed anew.

    Columns are kept by what stands in their header where that tells them apart, else by their number. The header's row is
    kept only where it was said: the next deck may have another line of preamble.
    """
    names = [name.strip() for name in layout.names]

    def named(column: int) -> ColumnRef:
        name = names[column] if column < len(names) else ""
        return name if name and not name.isdigit() and names.count(name) == 1 else column + 1

    columns: dict[str, ColumnRef | list[ColumnRef]] = {}
    for role, found in layout.columns.items():
        columns[role] = named(found[0]) if len(found) == 1 else [named(column) for column in found]
    return msgspec.structs.replace(
        answers,
        columns=columns,
        header_row=0 if layout.header < 0 else answers.header_row,
        delimiter=answers.delimiter or sheet.delimiter or None,
        encoding=answers.encoding or sheet.encoding or None,
        decimal=layout.decimal,
        dates=layout.dates,
        price_unit=layout.price_unit,
    )
