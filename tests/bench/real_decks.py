"""Every rate deck of a folder, read as an import reads it: what came of each, or why it was refused.

    python -m tests.bench.real_decks FOLDER

Files that end in .gz are unpacked first. The exit code is 1 where a file was neither read nor refused with a reason.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from appliance.clock import SystemClock
from appliance.errors import UserError
from appliance.i18n import say
from appliance.services.ground.access import folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.ground.stepwise import finish
from appliance.services.services import Services
from appliance.store.store import Store
from appliance.wire.decks import DeckPreview
from appliance.wire.resellers import ResellerCreate


def told(services: Services, path: Path) -> str:
    """One line about a file; empty where nothing can be said of it."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    begun = perf_counter()
    try:
        seen = finish(services.nouns.decks.preview(folder_owner(), DeckPreview(tariff="deck", content=content, file=path.name)))
    except UserError as error:
        return f"refused: {say(error)}"
    refused = [each for each in seen.problems if each.refused]
    if not seen.rates and not refused:
        return ""
    reasons = "; ".join(f"line {each.line}: {each.reason}" for each in refused[:3])
    return f"{seen.rates} rates of {seen.rows} lines in {perf_counter() - begun:.1f} s, {len(refused)} refused {reasons}".strip()


def main() -> int:
    """The exit code."""
    code = 0
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "data", SystemClock()) as store:
        services = Services(store, SystemClock(), Settings(), bytes)
        services.nouns.resellers.create(folder_owner(), ResellerCreate("root", currency="EUR"))
        for path in sorted(Path(sys.argv[1]).iterdir()):
            line = told(services, path)
            code = code if line else 1
            print(f"{path.name}: {line or 'neither read nor refused'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
