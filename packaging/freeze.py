"""Build the program: dist/tollhouse, a folder, and with --one-file dist/tollhouse-one-file, which unpacks itself at each start.

It runs in the environment that `python dev.py build` makes. The same source, locks and Python make the same files, save for
what the sizes' table names: the build is told its moment (SOURCE_DATE_EPOCH, the last commit's) and hashes by a fixed seed.
"""

from __future__ import annotations

import argparse
import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

import contents
import icons
import licences
import sizes

ROOT = contents.ROOT
DIST = ROOT / "dist"
WORK = ROOT / "build"
SUFFIX = ".exe" if os.name == "nt" else ""
FOLDER, FILE, MARK = DIST / "tollhouse", DIST / f"tollhouse-one-file{SUFFIX}", DIST / "tollhouse.inputs"
ONE_FOLDER, ONE_FILE = "one-folder", "one-file"
BUILDERS = ("tollhouse.spec", "program.py", "contents.py", "licences.py", "icons.py", "freeze.py", "windows/service.py")
SOME_MOMENT = "1700000000"  # where the source is in no repository


def stop(text: str) -> None:
    """End with a reason and what to do."""
    raise SystemExit(f"build: {text}")


def need_tools() -> None:
    """What PyInstaller needs of the machine."""
    if sys.platform.startswith("linux"):
        if shutil.which("objdump") is None:
            stop("objdump is missing. On Debian and Ubuntu: sudo apt-get install binutils")
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        shared = Path(sysconfig.get_config_var("LIBDIR") or "/") / str(sysconfig.get_config_var("INSTSONAME") or "")
        if not shared.is_file() and ctypes.util.find_library(f"python{version}") is None:
            stop(f"Python's shared library is missing. On Debian and Ubuntu: sudo apt-get install libpython{version}")


def moment() -> str:
    """The last commit's time, which files of the build are dated with."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    asked = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or SOME_MOMENT


def run_pyinstaller(kinds: Sequence[str], log_level: str) -> None:
    """What the spec makes of the kinds, in dist/."""
    line = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", log_level, "--distpath", str(DIST), "--workpath", str(WORK / "frozen")]
    line += [str(ROOT / "packaging" / "tollhouse.spec"), "--", *kinds]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": moment(), "PYTHONHASHSEED": "1"}
    if subprocess.run(line, cwd=ROOT, env=environment, check=False).returncode:
        stop("PyInstaller failed; what it says is above")


def finish_folder(folder: Path) -> None:
    """Licences beside the program, the table beside the folder; refuses a folder that is too large."""
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE.txt")
    shutil.copyfile(WORK / "licences" / "THIRD-PARTY.txt", folder / "THIRD-PARTY.txt")
    table = sizes.table(folder)
    (DIST / "tollhouse-sizes.txt").write_text(table + "\n", encoding="utf-8")
    print(table)
    if sizes.by_package(folder).total() > sizes.FOLDER_LIMIT:
        stop(f"the folder is larger than {sizes.FOLDER_LIMIT // sizes.MEGABYTE} MB")


def finish_file(file: Path) -> None:
    """Refuses a file that is too large."""
    size = file.stat().st_size
    print(f"{size / sizes.MEGABYTE:8.1f} MB  {file.name}, at most {sizes.FILE_LIMIT // sizes.MEGABYTE}")
    if size > sizes.FILE_LIMIT:
        stop(f"the file is larger than {sizes.FILE_LIMIT // sizes.MEGABYTE} MB")


def inputs() -> list[Path]:
    """Every file that the program is made from."""
    found = [ROOT / name for name in ("LICENSE", "requirements-package.txt")]
    found += [
        ROOT / "packaging" / name
        for name in ("tollhouse.spec", "program.py", "contents.py", "licences.py", "icons.py", "freeze.py", "windows/service.py")
    ]
    for folder in ("appliance", "resources"):
        found += [file for file in (ROOT / folder).rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    return sorted(found)


def fingerprint() -> str:
    """What a build would be made from: a build of the same fingerprint need not be made again."""
    digest = hashlib.sha256(sys.version.encode())
    for file in inputs():
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    for name, each in sorted(contents.distributions().items()):
        digest.update(f"{name}=={each.version}\n".encode())
    return digest.hexdigest()


def build(kinds: Sequence[str], log_level: str = "ERROR") -> None:
    """Make them, whatever is there."""
    need_tools()
    begun = time.monotonic()
    licences.write(WORK / "licences" / "THIRD-PARTY.txt")
    icons.write(WORK / "icons")
    MARK.unlink(missing_ok=True)
    made_from = fingerprint()
    run_pyinstaller(kinds, log_level)
    if ONE_FOLDER in kinds:
        finish_folder(FOLDER)
    if ONE_FILE in kinds:
        finish_file(FILE)
    MARK.write_text("\n".join([made_from, *kinds]) + "\n", encoding="utf-8")
    print(f"built in {time.monotonic() - begun:.0f} s: {', '.join(kinds)}")


def is_built(kinds: Sequence[str]) -> bool:
    """Whether what is in dist/ was made from exactly this source."""
    said = MARK.read_text(encoding="utf-8").split() if MARK.is_file() else []
    return bool(said) and said[0] == fingerprint() and set(kinds) <= set(said[1:])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one-file", action="store_true", help="make the file instead of the folder")
    parser.add_argument("--both", action="store_true", help="make the folder and the file")
    parser.add_argument("--if-changed", action="store_true", help="keep what is there where nothing it is made from has changed")
    parser.add_argument("--log-level", default="ERROR", help="how much PyInstaller says (default: ERROR)")
    options = parser.parse_args()
    kinds = (ONE_FOLDER, ONE_FILE) if options.both else (ONE_FILE,) if options.one_file else (ONE_FOLDER,)
    if not (options.if_changed and is_built(kinds)):
        build(kinds, options.log_level)
    return 0


if __name__ == "__main__":
    sys.exit(main())
