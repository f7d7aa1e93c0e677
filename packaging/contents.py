"""What goes into the frozen program, and what stays out. Pure questions about installed packages and files; no build here.

The lock file of the console names every distribution of the program. What else is installed beside them (tests, build
tools) is kept out by name, so that the program is the same whatever stands in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-console.txt"
TRANSLATIONS = ROOT / "resources" / "translations"

Entry = tuple[str, str, str]
"""PyInstaller's: (place in the program, source file, kind)."""

WITH_DATA = ("appliance", "python-escpos", "drafthorse", "factur-x", "openpyxl", "keyring", "qtawesome", "reportlab", "tzdata")
"""Distributions whose data files the program reads; of those that are not in the lock nothing is asked."""

WITH_ALL_MODULES = ("zeroconf", "keyring", "secretstorage", "jeepney", "python-escpos")
"""Distributions whose modules ask for each other where no reader of imports sees it: in compiled code, or by name."""

QT_MODULES = ("Core", "DBus", "Gui", "Network", "PrintSupport", "Svg", "SvgWidgets", "Widgets")
QT_LIBRARIES = (*QT_MODULES, "OpenGL", "WaylandClient", "WlShellIntegration", "XcbQpa")
QT_PLUGINS = {
    "iconengines": None,
    "imageformats": {"qsvg", "qjpeg", "qico", "qgif"},
    "networkinformation": set(),
    "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
    "platforms": {"qxcb", "qwayland", "qoffscreen", "qminimal", "qwindows", "qcocoa"},
    "platformthemes": {"qxdgdesktopportal"},
    "printsupport": None,
    "styles": None,
    "tls": None,
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-shell-integration": {"xdg-shell", "qt-shell"},
    "xcbglintegrations": set(),
}
"""Of each folder of Qt's plugins those that are kept; None: all. A folder that is not named is left out."""

UNUSED_MODULES = (
    "tkinter", "_tkinter", "turtle", "idlelib", "lib2to3", "pydoc_data", "ensurepip", "venv", "curses", "sqlite3", "test", "unittest",
    "twisted.conch", "twisted.words", "twisted.trial", "twisted.test", "twisted.runner", "twisted.names.test", "twisted.plugins",
    "phonenumbers.geodata", "phonenumbers.tzdata", "phonenumbers.carrierdata", "zope.interface.tests", "PIL.ImageTk", "PIL.ImageQt",
    "PIL._avif", "PIL.AvifImagePlugin", "PIL._webp", "PIL.WebPImagePlugin", "PIL.ImageTk", "PIL.ImageCms", "PIL._imagingcms",
    "lxml.isoschematron", "lxml.objectify", "setuptools", "pkg_resources", "qtpy.QtWebEngineCore", "matplotlib", "numpy", "readline", "pdb",
)  # fmt: skip
"""Never asked for by the program, though something that it uses would take them along."""

OF_THE_SYSTEM = {"libcups.so.2", "libgtk-3.so.0", "libgdk-3.so.0", "opengl32sw.dll"}
"""Libraries that are of use only beside the daemon or desktop of the machine, which has its own: taken along they would bring dozens."""

ASKED_FOR_BY_NAME = ("libpython", "libssl", "libcrypto")

STRIPPED_TOO = ("cryptography", "python_calamine", "yaml/_yaml", "PIL/_imaging.")
"""Packages and libraries of packages that leave their symbols in, and do without."""

RUN_TIME_GROUPS = {"keyring.backends"}
"""Entry points that a library looks up while the program runs: invisible to whoever reads imports."""

HELD_BY_NAME = {"_cffi_backend", "shiboken6", "zope"}


def canonical(name: str) -> str:
    """A distribution's name as packages compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: Path = LOCK) -> dict[str, str]:
    """{distribution: version} of a lock file."""
    return {canonical(match[1]): match[2] for match in re.finditer(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)}


def distributions() -> dict[str, metadata.Distribution]:
    """The installed distributions of the program by canonical name; those of other systems are not here."""
    wanted = locked()
    return {name: found for found in metadata.distributions() if (name := canonical(found.name)) in wanted}


def top_modules(distribution: metadata.Distribution) -> set[str]:
    """The names that `import` finds of it."""
    found = set()
    for file in distribution.files or ():
        first = file.parts[0]
        if first.endswith((".dist-info", ".data", ".libs")) or first in {"..", "__pycache__"}:
            continue
        if len(file.parts) == 1:
            if first.endswith((".py", ".so", ".pyd")):
                found.add(first.split(".")[0])
        elif file.suffix in {".py", ".so", ".pyd", ".pyi"}:
            found.add(first)
    return found


def foreign_modules() -> list[str]:
    """Top modules of everything that is installed and not of the program: test and build tools, and what lies about."""
    ours = {canonical("tollhouse"), *distributions()}
    theirs: set[str] = set()
    kept: set[str] = {"appliance"}
    for each in metadata.distributions():
        (kept if canonical(each.name) in ours else theirs).update(top_modules(each))
    return sorted(name for name in theirs - kept - HELD_BY_NAME if name.isidentifier())


def plugged() -> tuple[list[str], list[str]]:
    """(modules, distributions): what is found at run time through entry points, and by whose metadata."""
    modules, owners = set(), set()
    for name, each in distributions().items():
        for point in each.entry_points:
            if point.group in RUN_TIME_GROUPS:
                modules.add(point.module)
                owners.add(name)
    return sorted(modules), sorted(owners)


def languages() -> list[str]:
    """Languages that there is a catalogue of."""
    return sorted(folder.name for folder in TRANSLATIONS.iterdir() if folder.is_dir())


def _of_language(name: str, spoken: Iterable[str]) -> bool:
    return name == "root" or any(name == each or name.startswith(f"{each}_") for each in spoken)


def wanted(entry: Entry, spoken: Iterable[str]) -> bool:
    """Whether a file that PyInstaller found goes into the program."""
    place = PurePosixPath(entry[0].replace("\\", "/"))
    parts = place.parts
    if parts[0] == "babel" and place.suffix == ".dat":
        return place.stem == "global" or _of_language(place.stem, spoken)
    if parts[0] == "qtawesome":
        return place.stem.startswith("phosphor") or place.suffix not in {".ttf", ".json"}
    if parts[0] == "PySide6" or (len(parts) == 1 and place.name.startswith(("libQt6", "Qt6"))):
        return _wanted_of_qt(place, spoken)
    if parts[:2] == ("reportlab", "fonts"):
        return False  # papers have letters of their own
    if place.name in OF_THE_SYSTEM or place.suffix in {".pyi", ".pyx", ".pxd", ".c", ".h"}:
        return False
    return not ({"tests", "test", "__pycache__"} & set(parts[:-1]) and entry[2] == "DATA")


def _wanted_of_qt(place: PurePosixPath, spoken: Iterable[str]) -> bool:
    parts = place.parts
    if "plugins" in parts:
        folder = parts[parts.index("plugins") + 1]
        kept = QT_PLUGINS.get(folder, set())
        return kept is None or place.name.split(".")[0].removeprefix("lib") in kept
    if "translations" in parts:
        return place.name.startswith("qtbase_") and _of_language(place.stem.removeprefix("qtbase_"), spoken)
    if {"qml", "metatypes", "typesystems", "include", "glue", "scripts"} & set(parts):
        return False
    library = re.match(r"(?:lib)?Qt6?([A-Z][A-Za-z]*?)(?:d?\.abi3)?\.", place.name)
    if library is None:
        return True
    return library[1] in (QT_LIBRARIES if "6" in place.name[:6] else QT_MODULES)


def kept(entries: Iterable[Entry]) -> list[Entry]:
    """Those that go into the program."""
    spoken = languages()
    return [entry for entry in entries if wanted(entry, spoken)]


def still_needed(entries: list[Entry], needs: dict[str, set[str]]) -> Iterator[Entry]:
    """Without the libraries at the top of the program that nothing in it asks for any longer.

    `needs`: {source file: names of the libraries it asks for}. Extension modules and plugins are asked for by Python and Qt,
    a few by name while the program runs.
    """
    loose = {place: source for place, source, kind in entries if kind == "BINARY" and "/" not in place and not place.startswith(ASKED_FOR_BY_NAME)}
    reached: set[str] = set()
    roots = [source for place, source, _ in entries if place not in loose]
    while roots:
        found = (needs.get(roots.pop()) or set()) & loose.keys() - reached
        reached |= found
        roots += [loose[name] for name in found]
    return (entry for entry in entries if entry[0] not in loose or entry[0] in reached)


def mac_bundle(icon: Path) -> dict[str, object]:
    """What PyInstaller's BUNDLE is told: Tollhouse.app."""
    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "appliance" / "__init__.py").read_text(encoding="utf-8"))
    return {
        "name": "Tollhouse.app",
        "icon": str(icon) if icon.is_file() else None,
        "bundle_identifier": "org.tollhouse.Tollhouse",
        "version": version[1] if version else "0",
        "info_plist": {
            "NSHighResolutionCapable": True,
            "LSMinimumSystemVersion": "14.0",
            "LSApplicationCategoryType": "public.app-category.business",
            "NSLocalNetworkUsageDescription": "Phones on this network register with Tollhouse.",
        },
    }
