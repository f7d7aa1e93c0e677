"""Where things lie: the data folder and what is in it, and the packaged resources, for source, wheel and frozen runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

APPLICATION = "tollhouse"


class DataFolder(NamedTuple):
    """The files of one data folder. Nothing is made by asking for a path."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "tollhouse.db"

    @property
    def configuration(self) -> Path:
        return self.root / "tollhouse.toml"

    @property
    def key(self) -> Path:
        """The key that seals SIP passwords; kept beside the database, never inside it."""
        return self.root / "key"

    @property
    def control(self) -> Path:
        """Where a running server says how its owner's commands reach it."""
        return self.root / "control.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def certificates(self) -> Path:
        return self.root / "certificates"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"


def data_folder(given: str | Path | None = None) -> DataFolder:
    """The folder given, or this person's usual place for the program's data."""
    if given:
        return DataFolder(Path(given).expanduser().absolute())
    from platformdirs import user_data_path

    return DataFolder(user_data_path(APPLICATION, appauthor=False))


def program() -> list[str]:
    """How this program is started again as a process of its own."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "appliance"]


def resources() -> Path:
    """The folder of packaged resources: beside the package in a checkout, inside it in a wheel or a frozen program."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen) / "appliance" / "resources"
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"
