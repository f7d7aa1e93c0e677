"""The Debian package: `python dev.py deb` builds the one-folder program where its source changed and wraps it with dpkg-deb."""

from __future__ import annotations

import argparse
import functools
import gzip
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import command_words
import contents
import freeze
import icons

ROOT = contents.ROOT
SOURCES = ROOT / "packaging" / "deb"
MAINTAINER = "The Tollhouse authors <authors@tollhouse.invalid>"
DEPENDS = ("passwd",)
RECOMMENDS = (
    "libegl1", "libgl1", "libx11-xcb1", "libxcb1", "libcups2 | libcups2t64", "fontconfig-config", "fonts-dejavu-core | fonts-noto-core", "systemd",
)  # fmt: skip
SUMMARY = "back office of a VoIP reseller and call shop"
DESCRIPTION = """\
 The SIP server that phones register with, the meter that prices every second
 while a call runs, and the double-entry ledger that the money moves through,
 in one program over one folder of data.
 .
 The service is not started by itself: "systemctl enable --now tollhouse" runs
 it on a server; on a desktop the program starts its own."""


class Place(NamedTuple):
    """Where a file of packaging/deb goes, and its mode."""

    target: str
    mode: int = 0o644


FILES = {
    "tollhouse.service": Place("usr/lib/systemd/system/tollhouse.service"),
    "default": Place("etc/default/tollhouse"),
    "org.tollhouse.Tollhouse.desktop": Place("usr/share/applications/org.tollhouse.Tollhouse.desktop"),
    "lintian-overrides": Place("usr/share/lintian/overrides/tollhouse"),
    "postinst": Place("DEBIAN/postinst", 0o755),
    "prerm": Place("DEBIAN/prerm", 0o755),
    "postrm": Place("DEBIAN/postrm", 0o755),
}


def newest_libc(folder: Path) -> str:
    """The version of the C library that the newest of the program's binaries wants."""
    files = [str(file) for file in folder.rglob("*") if file.is_file() and not file.is_symlink() and (".so" in file.name or file.name == "tollhouse")]
    said = subprocess.run(["objdump", "-p", *files], capture_output=True, text=True, check=False).stdout
    found = {tuple(map(int, match[1].split("."))) for match in re.finditer(r"GLIBC_(\d+\.\d+)", said)}
    return ".".join(map(str, max(found)))


def write(target: Path, text: str | bytes, mode: int = 0o644) -> None:
    """A file of the package, and the folders on its way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode() if isinstance(text, str) else text)
    target.chmod(mode)


zipped = functools.partial(gzip.compress, compresslevel=9, mtime=0)


def changelog(version: str, moment: int) -> str:
    """As Debian writes them; what changed is in the project's own."""
    date = datetime.fromtimestamp(moment, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return f"tollhouse ({version}) unstable; urgency=medium\n\n  * See /usr/share/doc/tollhouse/NEWS.gz.\n\n -- {MAINTAINER}  {date}\n"


def copyright_text() -> str:
    """In Debian's machine-readable form; the rest lies beside the program."""
    licence = "\n".join(f" {line}" if line.strip() else " ." for line in (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines())
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Tollhouse\n"
        "Comment: The licences of the libraries that the program carries are in\n /usr/lib/tollhouse/THIRD-PARTY.txt.\n\n"
        f"Files: *\nCopyright: The Tollhouse authors\nLicense: Expat\n{licence}\n"
    )


def stage(folder: Path, target: Path, version: str, moment: int) -> None:
    """The package's whole tree in `target`."""
    shutil.copytree(folder, target / "usr/lib/tollhouse", symlinks=True)
    for name, place in FILES.items():
        write(target / place.target, (SOURCES / name).read_bytes(), place.mode)
    (target / "usr/bin").mkdir(parents=True)
    (target / "usr/bin/tollhouse").symlink_to("../lib/tollhouse/tollhouse")
    share, date = target / "usr/share", datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    metainfo = (SOURCES / "org.tollhouse.Tollhouse.metainfo.xml").read_text(encoding="utf-8")
    write(share / "metainfo/org.tollhouse.Tollhouse.metainfo.xml", metainfo.replace("@VERSION@", version).replace("@DATE@", date))
    for size in icons.SIZES:
        write(share / f"icons/hicolor/{size}x{size}/apps/tollhouse.png", (icons.TARGET / f"tollhouse-{size}.png").read_bytes())
    write(share / "icons/hicolor/scalable/apps/tollhouse.svg", icons.SOURCE.read_bytes())
    write(share / "man/man1/tollhouse.1.gz", zipped(command_words.man_page(moment).encode()))
    write(share / "bash-completion/completions/tollhouse", command_words.bash_completion())
    write(share / "zsh/vendor-completions/_tollhouse", command_words.zsh_completion())
    write(share / "doc/tollhouse/changelog.gz", zipped(changelog(version, moment).encode()))
    write(share / "doc/tollhouse/NEWS.gz", zipped((ROOT / "CHANGELOG.md").read_bytes()))
    write(share / "doc/tollhouse/copyright", copyright_text())
    write(target / "DEBIAN/conffiles", "/etc/default/tollhouse\n")


def control(target: Path, version: str, architecture: str) -> str:
    """What dpkg knows of the package."""
    kibibytes = sum((file.lstat().st_size + 1023) // 1024 for file in target.rglob("*") if not file.is_dir())
    depends = ", ".join((f"libc6 (>= {newest_libc(target / 'usr/lib/tollhouse')})", *DEPENDS))
    return (
        f"Package: tollhouse\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\nInstalled-Size: {kibibytes}\n"
        f"Depends: {depends}\nRecommends: {', '.join(RECOMMENDS)}\nSection: comm\nPriority: optional\n"
        f"Description: {SUMMARY}\n{DESCRIPTION}\n"
    )


def package(version: str, compression: str) -> Path:
    """The .deb of what stands in dist/tollhouse."""
    moment = freeze.moment()
    target = freeze.WORK / "deb"
    shutil.rmtree(target, ignore_errors=True)
    stage(freeze.FOLDER, target, version, int(moment))
    for place in (target, *target.rglob("*")):
        if not place.is_symlink():
            runs = place.stat().st_mode & 0o100 and ".so" not in place.name
            place.chmod(0o755 if place.is_dir() or runs else 0o644)
    asked = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    architecture = asked.stdout.strip()
    write(target / "DEBIAN/control", control(target, version, architecture))
    made = freeze.DIST / f"tollhouse_{version}_{architecture}.deb"
    quickly = ["-z1"] if compression == "gzip" else []
    line = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", *quickly, "--build", str(target), str(made)]
    if subprocess.run(line, env={**os.environ, "SOURCE_DATE_EPOCH": moment}, stdout=subprocess.DEVNULL, check=False).returncode:
        freeze.stop("dpkg-deb failed; what it says is above")
    shutil.rmtree(target)
    return made


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package-version", default=command_words.__version__, help="the version that dpkg sees (default: the program's)")
    parser.add_argument(
        "--compression", default="xz", choices=("xz", "gzip"), help="how the package is packed: xz, small, or gzip, quickly (default: xz)"
    )
    options = parser.parse_args()
    if shutil.which("dpkg-deb") is None:
        freeze.stop("dpkg-deb is missing: a Debian package is made on Debian or Ubuntu")
    if not freeze.is_built((freeze.ONE_FOLDER,)):
        freeze.build((freeze.ONE_FOLDER,))
    made = package(options.package_version, options.compression)
    print(f"{made.stat().st_size / 1_000_000:8.1f} MB  {made.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
