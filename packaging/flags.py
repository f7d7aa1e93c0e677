"""Draw the flags that stand beside numbers: one small picture a country into resources/flags, with the licence of the drawings.

Run once where a country is new or its flag another: `python packaging/flags.py`. It needs npm with a way to the package index, and PySide6.
The package is pinned by version and hash. A picture is four by three, large enough for three dots a point, and opaque.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

import phonenumbers
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

TARGET = Path(__file__).resolve().parent.parent / "resources" / "flags"
PACKAGE = "flag-icons"
VERSION = "7.5.0"
SHA256 = "c0b80bf0e08006a60f56621d6bc49f8c7131f4d1fef6737a165a673431f4b518"
WIDTH, HEIGHT = 60, 45
OTHERWISE = {"AC": "sh-ac", "TA": "sh-ta"}
"""Regions of numbers that the package names otherwise."""


def fetch(folder: Path) -> tarfile.TarFile:
    """The package, of exactly that content."""
    subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    file = folder / f"{PACKAGE}-{VERSION}.tgz"
    if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{file.name} is not the package that was pinned")
    return tarfile.open(file)


def drawn(svg: bytes) -> QImage:
    """The flag as a picture."""
    picture = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)  # Nepal leaves some of it free
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    return picture


def main() -> None:
    """Every country that has numbers."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QGuiApplication([])
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, fetch(Path(folder)) as package:
        inside = set(package.getnames())
        (TARGET / "LICENSE.txt").write_bytes(package.extractfile("package/LICENSE").read())  # type: ignore[union-attr]
        for region in sorted(phonenumbers.SUPPORTED_REGIONS):
            name = f"package/flags/4x3/{OTHERWISE.get(region, region.lower())}.svg"
            if name in inside:
                drawn(package.extractfile(name).read()).save(str(TARGET / f"{region.lower()}.png"), b"PNG", 0)  # type: ignore[union-attr]
            else:
                print(f"{region} has no flag")
    app.quit()


if __name__ == "__main__":
    main()
