"""All looks, one after the other, and the page that shows them side by side: `python -m tests.screenshots [look ...] [--to FOLDER]`."""

from __future__ import annotations

import argparse
import html
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PIL import Image

from tests.helpers.appliance import ENVIRONMENT, sip_port
from tests.helpers.phone import Phone, peers
from tests.helpers.trunk import ScriptedTrunk
from tests.screenshots.served import BEGAN
from tests.screenshots.shop import BOOTHS, OWNER, PEOPLE, lived_in

ROOT = Path(__file__).parents[2]
LOOKS: dict[str, dict[str, Any]] = {
    "usual": {},
    "dark": {"theme": "dark"},
    "arabic": {"language": "ar"},
    "german": {"language": "de"},
    "small": {"width": 1024, "height": 600},
    "large": {"width": 1920, "height": 1080, "scale": 2, "dialogs": False},
    "long": {"shop": "long"},
    "empty": {"shop": "empty"},
    "error": {"away": True},
}
TALKERS = 4
MANUAL = ROOT / "resources" / "manual" / "pictures"
OF_THE_MANUAL = {
    "booths": "booths", "call": "call", "customer": "customer-endpoints", "dashboard": "dashboard", "settings": "settings", "setup": "setup",
    "tariff": "tariff", "trunk": "trunk",
}  # fmt: skip
"""{picture of the manual: of the usual look}; the checkout and the import of prices are taken by hand, with something typed in."""

MANUAL_WIDTH = 960
COLOURS = 128


class Served:
    """A server on a folder, at the hour of the pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = sip_port()
        self.began = time.time()
        line = [sys.executable, "-m", "tests.screenshots.served", "serve", "--data", str(folder), "--web", "127.0.0.1:0"]
        variables = {**ENVIRONMENT, "TZ": "Europe/Amsterdam", BEGAN: str(self.began)}
        self.errors = (folder / "serve.err").open("wb")
        self.process = subprocess.Popen(
            [*line, "--sip", f"udp:127.0.0.1:{self.port}"], cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=self.errors
        )
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline() or b"{}")
        if not ready:
            raise SystemExit((folder / "serve.err").read_text())
        web = str(ready["web"])
        self.url = web if "://" in web else f"http://{web}"

    def setup_code(self) -> str:
        """What the server of an empty folder prints."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            for line in (self.folder / "serve.err").read_text().splitlines():
                if "set-up code: " in line:
                    return line.rpartition("set-up code: ")[2].strip()
            time.sleep(0.05)
        raise SystemExit("the server printed no set-up code")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.errors.close()


def own(server: Served) -> None:
    """The first owner of an empty folder."""
    import urllib.request

    business = {"name": "Harbour Telecom", "currency": "EUR", "country": "NL", "timezone": "Europe/Amsterdam", "language": "en"}
    body = {"code": server.setup_code(), "login": OWNER[0], "password": OWNER[1], "name": "Mira Owner", "business": business}
    request = urllib.request.Request(f"{server.url}/api/v1/operators/redeem", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()


def shoot(name: str, wishes: dict[str, Any], folder: Path, server: Served) -> dict[str, Any]:
    """One look, in a process of its own."""
    order = {key: value for key, value in wishes.items() if key not in {"shop", "scale", "away"}}
    order |= {
        "look": name,
        "url": server.url,
        "folder": str(folder / name),
        "began": server.began,
        "away": server.process.pid if wishes.get("away") else 0,
    }
    screen = folder / f"{name}-screen.json"
    size = {key: round(float(wishes.get("scale", 1)) * int(wishes.get(key, least))) for key, least in (("width", 1920), ("height", 1080))}
    of_it = {"name": "picture", "x": 0, "y": 0, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1, **size}
    screen.write_text(json.dumps({"synchronousWindowSystemEvents": False, "windowFrameMargins": False, "screens": [of_it]}))
    variables = {
        **os.environ,
        "QT_QPA_PLATFORM": f"offscreen:configfile={screen}",
        "QT_SCALE_FACTOR": str(wishes.get("scale", 1)),
        "TZ": "Europe/Amsterdam",
    }
    line = [sys.executable, "-m", "tests.screenshots.camera", json.dumps(order)]
    done = subprocess.run(line, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=600, check=False)
    screen.unlink()
    told = done.stdout.strip().splitlines()
    if not told or not told[-1].startswith("{"):
        raise SystemExit(f"{name}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}")
    found: dict[str, Any] = json.loads(told[-1])
    for fault in [*found["faults"], *(line for line in done.stderr.splitlines() if "Error" in line or "Traceback" in line)]:
        print(f"{name}: {fault}", file=sys.stderr)
    return found


def renew_manual(folder: Path) -> None:
    """The manual's pictures anew from those of the usual look, small enough to be carried in the program."""
    for name, taken in OF_THE_MANUAL.items():
        with Image.open(folder / "usual" / f"{taken}.png") as whole:
            size = (MANUAL_WIDTH, round(whole.height * MANUAL_WIDTH / whole.width))
            small = whole.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        _few_colours(small).save(MANUAL / f"{name}.png", optimize=True)


def _few_colours(picture: Image.Image) -> Image.Image:
    """In a palette: the grounds as they are, for a tint off is seen on a large one, and what covers the letters and marks."""
    counted: list[Any] = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    grounds = [part for _times, colour in counted[: COLOURS // 2] for part in colour]
    covering = picture.quantize(COLOURS // 2, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*grounds, *covering[: COLOURS // 2 * 3]])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def page(folder: Path, taken: dict[str, list[str]]) -> None:
    """index.html: a row a screen, a column a look."""
    names = list(dict.fromkeys(name for each in taken.values() for name in each))
    head = "".join(f"<th>{html.escape(look)}</th>" for look in taken)
    rows = []
    for name in names:
        cells = [
            f'<td><a href="{look}/{name}.png"><img loading="lazy" src="{look}/{name}.png"></a></td>' if name in each else "<td></td>"
            for look, each in taken.items()
        ]
        rows.append(f"<tr><th>{html.escape(name)}</th>{''.join(cells)}</tr>")
    style = (
        "body{font:14px sans-serif}img{width:420px;border:1px solid #ccc}th{text-align:left;vertical-align:top;position:sticky;top:0;background:#fff}"
    )
    text = f"<!doctype html><meta charset=utf-8><title>Screens</title><style>{style}</style><table><tr><th></th>{head}</tr>{''.join(rows)}</table>"
    (folder / "index.html").write_text(text, encoding="utf-8")


def main() -> int:
    """The exit code: 1 where a screen warned or failed."""
    parser = argparse.ArgumentParser(prog="screenshots")
    parser.add_argument("looks", nargs="*", choices=[*LOOKS, []], help="only these")
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "screenshots")
    parser.add_argument("--manual", action="store_true", help="renew the manual's pictures from the usual look")
    options = parser.parse_args()
    wanted = {name: wishes for name, wishes in LOOKS.items() if name in options.looks or not options.looks}
    options.to.mkdir(parents=True, exist_ok=True)
    taken: dict[str, list[str]] = {}
    faults = 0
    with tempfile.TemporaryDirectory(prefix="tollhouse-pictures-") as place, ExitStack() as stack:
        servers: dict[str, Served] = {}
        for name, wishes in wanted.items():
            kind = str(wishes.get("shop", "usual"))
            if kind not in servers:
                servers[kind] = opened(Path(place) / kind, kind, stack)
            found = shoot(name, wishes, options.to, servers[kind])
            taken[name], faults = found["taken"], faults + len(found["faults"])
            print(f"{name}: {len(found['taken'])} pictures", flush=True)
    page(options.to, taken)
    if options.manual and "usual" in taken:
        renew_manual(options.to)
    print(options.to / "index.html")
    return 1 if faults else 0


def opened(folder: Path, kind: str, stack: ExitStack) -> Served:
    """A server with that kind of shop, and some who talk in it."""
    folder.mkdir()
    carrier_port = sip_port()
    if kind != "empty":
        lived_in(folder, carrier_port, long=kind == "long")
    server = Served(folder)
    stack.callback(server.stop)
    if kind == "empty":
        own(server)
        return server
    loop = stack.enter_context(peers())
    ScriptedTrunk(loop, port=carrier_port)
    numbers = [*(numbers[0] for *_row, numbers in PEOPLE[:TALKERS]), BOOTHS[0]]
    for at, number in enumerate(numbers):
        phone = Phone(loop, ("127.0.0.1", server.port), number, f"secret-{number}")
        phone.register()
        phone.call_answered(("442079460123", "33199005512", "31201234567", "905321234567", "2348031234567")[at])
    for number in BOOTHS[1:]:
        Phone(loop, ("127.0.0.1", server.port), number, f"secret-{number}").register()
    return server


if __name__ == "__main__":
    sys.exit(main())
