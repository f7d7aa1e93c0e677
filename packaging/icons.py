"""The program's icons from resources/brand/tollhouse.svg: PNGs for Linux, an .ico for Windows, an .icns for macOS, in build/icons."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "resources" / "brand" / "tollhouse.svg"
TARGET = ROOT / "build" / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
WINDOWS_SIZES = (16, 24, 32, 48, 64, 128, 256)


def drawn(size: int) -> bytes:
    """The icon as a PNG of so many pixels a side."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(SOURCE.read_bytes())).render(painter)
    painter.end()
    target = QByteArray()
    buffer = QBuffer(target)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(target.data())


def write(target: Path = TARGET) -> None:
    """All of them."""
    target.mkdir(parents=True, exist_ok=True)
    pictures = {size: drawn(size) for size in SIZES}
    for size, data in pictures.items():
        (target / f"tollhouse-{size}.png").write_bytes(data)
    largest = Image.open(io.BytesIO(pictures[max(SIZES)]))
    largest.save(target / "tollhouse.ico", sizes=[(size, size) for size in WINDOWS_SIZES])
    largest.save(target / "tollhouse.icns")


if __name__ == "__main__":
    write()
