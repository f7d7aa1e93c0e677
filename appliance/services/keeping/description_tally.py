"""What an apply did so far."""

from __future__ import annotations

from appliance.wire.description import Applied


class Tally:
    """Counts by noun; passwords that were made; warnings."""

    def __init__(self) -> None:
        self._created: dict[str, int] = {}
        self._changed: dict[str, int] = {}
        self._unchanged = 0
        self.passwords: dict[str, str] = {}
        self.warnings: list[str] = []

    def created(self, noun: str, count: int = 1) -> None:
        """New things."""
        if count:
            self._created[noun] = self._created.get(noun, 0) + count

    def changed(self, noun: str, count: int = 1) -> None:
        """Things that were otherwise before."""
        if count:
            self._changed[noun] = self._changed.get(noun, 0) + count

    def same(self, count: int = 1) -> None:
        """Things that were so already."""
        self._unchanged += count

    def noted(self, noun: str, what: str) -> None:
        """ "created", "changed" or "" of one thing."""
        if what == "created":
            self.created(noun)
        elif what == "changed":
            self.changed(noun)
        else:
            self.same()

    def view(self) -> Applied:
        """What the command prints."""
        return Applied(dict(sorted(self._created.items())), dict(sorted(self._changed.items())), self._unchanged, self.passwords, self.warnings)
