"""The program that was given away before the schema of today, out of the repository's history, run beside the one of now."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = "appliance/store/migrations"


def _git(*arguments: str) -> bytes:
    """What git says; nothing where there is no repository or no such thing in it."""
    if shutil.which("git") is None:
        return b""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False).stdout


def _newest(names: list[str]) -> int:
    return max((int(found[1]) for name in names if (found := re.search(r"(\d{4})_\w+\.sql$", name))), default=0)


@cache
def commit_before() -> str | None:
    """The last commit with an older schema; None where the history does not reach so far (a shallow clone, a source archive)."""
    today = _newest([file.name for file in (ROOT / MIGRATIONS).iterdir()])
    changed = _git("log", "--format=%H", "--", MIGRATIONS).decode().split()
    for commit in ("HEAD", *(f"{each}^" for each in changed)):
        its = _newest(_git("ls-tree", "-r", "--name-only", commit, MIGRATIONS).decode().split())
        if 0 < its < today:
            return commit
    return None


def unpacked(folder: Path) -> list[str]:
    """Lay the old program out in the folder; what to put before a command so that it is the old one's, its children's too."""
    commit = commit_before()
    assert commit is not None
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", commit, "appliance", "resources"))) as packed:
        packed.extractall(folder, filter="data")
    return ["env", f"PYTHONPATH={folder}", "PYTHONSAFEPATH=1"]
