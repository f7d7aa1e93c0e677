"""Cut the paper's fonts: static weights 400 and 600 of Noto Sans and Noto Sans Arabic into resources/fonts.

Run once where the letters change: `python packaging/fonts.py`. It needs `fonttools` and pip with a way to the package
index, makes a folder of its own, and leaves the fonts and their licence. Their packages are pinned by version and hash.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "resources" / "fonts"
WEIGHTS = {"Regular": 400, "SemiBold": 600}
PUNCTUATION = "U+0020-007E,U+00A0-00FF,U+2010-2027,U+202F,U+2030-203A,U+2044,U+20A0-20C0,U+2116,U+2122,U+2190-2193,U+2212,U+2215,U+2260,U+2264-2265"
FONTS = {
    # package, version, SHA-256 of the wheel, its file, name of ours, letters kept
    "NotoSans": (
        "fontpkg-noto-sans",
        "2.15",
        "54016cb4dfbfdd8f0cae3d71a9401a73e786a473debd12f1d79067e349c9a4a3",
        "fontpkg_noto_sans/files/NotoSans[wdth,wght].ttf",
        f"{PUNCTUATION},U+0100-024F,U+0259,U+02B0-02FF,U+0300-036F,U+0370-03FF,U+0400-052F,U+1E00-1EFF",
    ),
    "NotoSansArabic": (
        "fontpkg-noto-sans-arabic",
        "2.12",
        "eeca37a7ad6854bf1b6aa42bbce1908a6a6dcd2252ed56d021c20b613f6d16fc",
        "fontpkg_noto_sans_arabic/files/NotoSansArabic[wdth,wght].ttf",
        f"{PUNCTUATION},U+0600-06FF,U+0750-077F,U+FB50-FDFF,U+FE70-FEFF",
    ),
}


def tool(*arguments: str) -> None:
    """One step of fontTools."""
    subprocess.run([sys.executable, "-m", "fontTools", *arguments], check=True)


def fetch(folder: Path, package: str, version: str, sha256: str) -> zipfile.ZipFile:
    """The package's wheel, of exactly that content."""
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), f"{package}=={version}"], check=True)
    (wheel,) = folder.glob(f"{package.replace('-', '_')}-{version}-*.whl")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"{wheel.name} is not the one that was pinned: {found}")
    return zipfile.ZipFile(wheel)


def main() -> None:
    """Cut all of them."""
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for family, (package, version, sha256, file, letters) in FONTS.items():
            with fetch(folder, package, version, sha256) as wheel:
                source = Path(wheel.extract(file, folder))
                licence = wheel.read(f"{file.split('/')[0]}/LICENSE")
            (TARGET / f"{family}-OFL.txt").write_bytes(licence)
            for weight, number in WEIGHTS.items():
                instance = folder / f"{family}-{weight}-all.ttf"
                tool("varLib.instancer", str(source), f"wght={number}", "wdth=100", "--update-name-table", "-o", str(instance), "-q")
                target = TARGET / f"{family}-{weight}.ttf"
                kept = ["--layout-features=", "--no-hinting", "--desubroutinize", "--notdef-outline", "--name-IDs=0,1,2,3,4,5,6,13,14"]
                tool("subset", str(instance), f"--unicodes={letters}", f"--output-file={target}", *kept)


if __name__ == "__main__":
    main()
