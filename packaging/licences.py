"""The licences of what the program carries, gathered from the installed distributions' own metadata.

Python's licence stands first, then each distribution in order: name, version, licence, home, and the texts that it ships.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import contents

RULE = "=" * 100
TEXTS = ("license", "licence", "copying", "notice", "authors", "lgpl", "gpl")
QT = """Qt and PySide6 are used under the GNU Lesser General Public License, version 3. They are shared libraries of their own in this
program's folder and may be replaced by other builds of the same version. Their source is that of the PySide6 release named above."""


def licence_of(distribution: metadata.Distribution) -> str:
    """One line: the licence as the distribution names it."""
    about = distribution.metadata
    named = about.get("License-Expression") or ""
    classifiers = [line.rpartition("::")[2].strip() for line in about.get_all("Classifier") or () if line.startswith("License ::")]
    first = (about.get("License") or "").strip().split("\n")[0]
    return named or ", ".join(classifiers) or first or "see the text below"


def texts_of(distribution: metadata.Distribution) -> list[str]:
    """The licence texts among a distribution's files, each once, in order of their names."""
    found: dict[str, None] = {}
    for file in sorted(distribution.files or (), key=str):
        inside = any(part.endswith(".dist-info") for part in file.parts)
        if inside and file.name.lower().startswith(TEXTS):
            place = Path(str(distribution.locate_file(file)))
            if place.is_file():
                found[place.read_text(encoding="utf-8", errors="replace").strip()] = None
    return list(found)


def python_licence() -> str:
    """The text that this Python came with, or where it stands."""
    places = (
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(sys.base_prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "LICENSE.txt",
    )
    text = next((place for place in places if place.is_file()), None)
    return text.read_text(encoding="utf-8", errors="replace").strip() if text else "Python Software Foundation License, version 2."


def page(own_licence: str) -> str:
    """The whole text."""
    parts = [f"Tollhouse\n\n{own_licence.strip()}", f"Python {sys.version.split()[0]}\n\n{python_licence()}"]
    for _name, each in sorted(contents.distributions().items()):
        head = f"{each.name} {each.version}\nLicence: {licence_of(each)}"
        if each.name.lower().startswith("pyside6"):
            head += f"\n\n{QT}"
        parts.append("\n\n".join([head, *texts_of(each)]))
    parts.append("Noto Sans and Noto Sans Arabic\nLicence: SIL Open Font License 1.1; the texts are in resources/fonts.")
    flags = (contents.ROOT / "resources" / "flags" / "LICENSE.txt").read_text(encoding="utf-8").strip()
    parts.append(f"flag-icons, from which the countries' flags are drawn\nLicence: MIT\n\n{flags}")
    return f"\n\n{RULE}\n".join(parts) + "\n"


def write(target: Path) -> None:
    """THIRD-PARTY.txt where the build takes it from."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page((contents.ROOT / "LICENSE").read_text(encoding="utf-8")), encoding="utf-8")
