"""Spoken announcements from text: resources/announcements/LANGUAGE/NAME.ul, G.711 mu-law at 8 kHz without a header.

Spoken by espeak-ng and brought to 8 kHz by sox (Debian: apt-get install espeak-ng sox). Run it after a change of the texts:
`python packaging/announcements.py`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "resources" / "announcements"
WORDS_A_MINUTE = "150"
TEXTS = {
    "en": {"no_credit": "There is no credit left for this call. Please ask for a top-up."},
    "es": {"no_credit": "No queda saldo para esta llamada. Por favor, pida una recarga."},
    "ar": {"no_credit": "لا يوجد رصيد كافٍ لهذه المكالمة. يرجى شحن الرصيد."},
}


def spoken(language: str, text: str) -> bytes:
    """The text as mu-law. OSError or CalledProcessError where it cannot be made."""
    with tempfile.TemporaryDirectory() as folder:
        wide, narrow = Path(folder, "wide.wav"), Path(folder, "narrow.ul")
        subprocess.run(["espeak-ng", "-v", language, "-s", WORDS_A_MINUTE, "-w", str(wide), "--", text], check=True)
        # -3 dB, silence at both ends cut, and half a second of it put before, while the relay learns the listener's address
        effects = ["norm", "-3", "silence", "1", "0.02", "0.5%", "reverse", "silence", "1", "0.02", "0.5%", "reverse", "pad", "0.5", "0.3"]
        subprocess.run(["sox", str(wide), "-r", "8000", "-c", "1", "-t", "ul", str(narrow), *effects], check=True)
        return narrow.read_bytes()


def main() -> int:
    """Write them all; 1 where a program is missing."""
    missing = [program for program in ("espeak-ng", "sox") if shutil.which(program) is None]
    if missing:
        print(f"announcements need {' and '.join(missing)}. On Debian and Ubuntu: sudo apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    for language, texts in TEXTS.items():
        (TARGET / language).mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            sound = spoken(language, text)
            (TARGET / language / f"{name}.ul").write_bytes(sound)
            print(f"{language}/{name}: {len(sound) / 8000:.1f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
