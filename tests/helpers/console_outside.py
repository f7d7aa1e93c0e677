"""Somebody at a keyboard before a console that is another program: what it shows is read as a screen reader reads it (AT-SPI over D-Bus).

A bus of the test's own, without a registry: Qt's bridge tells what it shows to whoever asks.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection
from PIL import ImageGrab

from tests.helpers.console import MOST_TABS, PATIENCE, Person, plain
from tests.helpers.keyboard import Keyboard
from tests.helpers.xvfb import Display

ROOT = "/org/a11y/atspi/accessible/root"
A11Y = "org.a11y.atspi."
ACTIVE, CHECKED, FOCUSABLE, FOCUSED, SELECTED, VISIBLE = (1 << bit for bit in (1, 4, 11, 12, 23, 30))
HIDDEN = "\u25cf"
TYPED_INTO = frozenset({"text", "password text", "entry"})


class Ask(NamedTuple):
    """One question: of which object, which interface, which method, with what."""

    path: str
    interface: str
    method: str
    signature: str | None = None
    body: tuple[Any, ...] = ()


def property_of(path: str, interface: str, name: str) -> Ask:
    """The question for a property."""
    return Ask(path, "org.freedesktop.DBus.Properties", "Get", "ss", (A11Y + interface, name))


@dataclass
class Part:
    """A part of a window as it was when it was asked."""

    path: str
    role: str = ""
    name: str = ""
    state: int = 0
    parent: Part | None = None
    parts: list[Part] = field(default_factory=list)

    @property
    def spoken(self) -> str:
        """Its name, or what it is part of."""
        return plain(self.name) or ("" if self.parent is None else self.parent.spoken)

    def all(self) -> list[Part]:
        """Itself and everything below, from top to bottom."""
        return [self, *(each for part in self.parts for each in part.all())]

    def windowTitle(self) -> str:  # noqa: N802
        """As a widget would say it."""
        return plain(self.name)


class Bus:
    """`with Bus(folder) as bus:` runs one; programs with `bus.environment` tell there what they show."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._daemon: subprocess.Popen[str] | None = None
        self._line: Any = None
        self._address = ""

    def __enter__(self) -> Bus:
        line = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:dir={self._folder}"]
        self._daemon = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        assert self._daemon.stdout is not None
        self._address = self._daemon.stdout.readline().strip()
        self._line = open_dbus_connection(self._address)
        return self

    def __exit__(self, *_fault: object) -> None:
        if self._line is not None:
            self._line.close()
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.communicate(timeout=10)

    @property
    def environment(self) -> dict[str, str]:
        return {"DBUS_SESSION_BUS_ADDRESS": self._address, "AT_SPI_BUS_ADDRESS": self._address, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}

    def others(self) -> list[str]:
        """Who else is on it."""
        bus = "org.freedesktop.DBus"
        names: list[str] = self._line.send_and_get_reply(new_method_call(DBusAddress("/" + bus.replace(".", "/"), bus, bus), "ListNames")).body[0]
        return [name for name in names if name.startswith(":") and name != self._line.unique_name]

    def ask(self, whom: str, questions: Sequence[Ask]) -> list[Any]:
        """All answers, in order; None where there is none (the part is gone)."""
        sent: dict[int, int] = {}
        for at, each in enumerate(questions):
            message = new_method_call(DBusAddress(each.path, whom, each.interface), each.method, each.signature, each.body)
            serial = next(self._line.outgoing_serial)
            self._line.send(message, serial=serial)
            sent[serial] = at
        found: list[Any] = [None] * len(questions)
        while sent:  # all were sent before the first answer is read
            reply = self._line.receive(timeout=PATIENCE)
            at = sent.pop(reply.header.fields.get(HeaderFields.reply_serial, -1), -1)
            if at >= 0 and reply.header.message_type == MessageType.method_return:
                found[at] = reply.body[0]
        return found


class Outsider(Person):
    """One person before a program of its own on `display`; everything by keys, as `Person` does before a window of this process."""

    def __init__(self, display: Display, keyboard: Keyboard, bus: Bus, pictures: Path) -> None:
        self.display, self.keyboard, self.bus, self.pictures = display, keyboard, bus, pictures
        self._taken = 0
        self._whom = ""

    # waiting -------------------------------------------------------------------------------------------------------
    def until(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}\nthe screen shows ({self.picture('missed')}):\n{self.everything()}")
            time.sleep(0.03)

    def picture(self, name: str) -> Path:
        self._taken += 1
        file = self.pictures / f"{self._taken:02}-{name}.png"
        self.pictures.mkdir(parents=True, exist_ok=True)
        ImageGrab.grab(xdisplay=self.display.name).save(file)
        return file

    # reading -------------------------------------------------------------------------------------------------------
    def appears(self, seconds: float = 30) -> None:
        """Waits until a program shows something."""
        self._whom = self.until(lambda: next(iter(self.bus.others()), ""), "a program on the bus", seconds)
        self.until(self._windows, "a window", seconds)

    def _ask(self, *questions: Ask) -> list[Any]:
        return self.bus.ask(self._whom, questions)

    def _windows(self) -> list[Part]:
        """The program's windows that are seen."""
        return [part for part in self._below([Part(ROOT)])[0] if part.state & VISIBLE]

    def _below(self, parts: list[Part]) -> list[list[Part]]:
        """What each of these holds, one step down."""
        listed = self._ask(*(Ask(part.path, A11Y + "Accessible", "GetChildren") for part in parts))
        found = [[Part(path, parent=part) for _name, path in children or []] for part, children in zip(parts, listed, strict=True)]
        self._describe([each for group in found for each in group])
        return found

    def _describe(self, parts: list[Part]) -> None:
        """What each is; nobody needs to know it of those that are hidden."""
        states = self._ask(*(Ask(part.path, A11Y + "Accessible", "GetState") for part in parts))
        for part, state in zip(parts, states, strict=True):
            part.state = 0 if state is None else state[0] | state[1] << 32
        seen = [part for part in parts if part.state & VISIBLE]
        roles = [Ask(part.path, A11Y + "Accessible", "GetRoleName") for part in seen]
        told = self._ask(*roles, *(property_of(part.path, "Accessible", "Name") for part in seen))
        for part, role, name in zip(seen, told, told[len(seen) :], strict=False):
            part.role, part.name = role or "", "" if name is None else name[1]

    def _whole(self, window: Part) -> Part:
        """The window with everything in it that is seen; a table's cells are left to `rows`."""
        level = [window]
        while level:
            for part, below in zip(level, self._below(level), strict=True):
                part.parts = [each for each in below if each.state & VISIBLE]
            level = [each for part in level for each in part.parts if each.role not in ("table", "label", "push button", "check box", *TYPED_INTO)]
        return window

    def active(self) -> Any:
        windows = self._windows()
        return next((each for each in reversed(windows) if each.state & ACTIVE), Part(ROOT))

    def shown(self, window: Any = None) -> str:
        parts = self._whole(window or self.active()).all()
        typed = [part for part in parts if part.role in TYPED_INTO]
        texts = self._ask(*(Ask(part.path, A11Y + "Text", "GetText", "ii", (0, -1)) for part in typed))
        said = {part.path: text or "" for part, text in zip(typed, texts, strict=True)}
        lines = [plain(said.get(part.path, part.name)) for part in parts]
        for part in parts:
            if part.role == "table":
                lines += [" | ".join(cells) for cells in self._cells(part)]
        return "\n".join(line for line in lines if line.strip())

    def everything(self) -> str:
        return "\n".join(f"[{window.windowTitle()}]\n{self.shown(window)}" for window in self._windows())

    def rows(self, window: Any = None) -> list[list[str]]:
        table = self._table(window)
        return [] if table is None else self._cells(table)

    def _table(self, window: Any = None) -> Part | None:
        return next((part for part in self._whole(window or self.active()).all() if part.role == "table"), None)

    def _cells(self, table: Part, only: int | None = None) -> list[list[str]]:
        rows, columns = (
            answer[1] if answer else 0 for answer in self._ask(*(property_of(table.path, "Table", name) for name in ("NRows", "NColumns")))
        )
        wanted = range(rows) if only is None else range(max(0, only), min(only + 1, rows))
        where = [(row, column) for row in wanted for column in range(columns)]
        found = self._ask(*(Ask(table.path, A11Y + "Table", "GetAccessibleAt", "ii", each) for each in where))
        cells = [Part("" if cell is None else cell[1]) for cell in found]
        self._describe([cell for cell in cells if cell.path])
        groups = [cells[at : at + columns] for at in range(0, len(cells), columns or 1)]
        return [[plain(cell.name) for cell in group if cell.state & VISIBLE] for group in groups]

    # the keyboard --------------------------------------------------------------------------------------------------
    def press(self, *keys: str) -> None:
        for each in keys:
            self.until(lambda: self.active().path != ROOT, f"a window for {each}")
            self.keyboard.press(each)

    def type(self, text: str) -> None:
        self.until(lambda: self.active().path != ROOT, "a window to type into")
        self.keyboard.type(text)

    def reach(self, name: str) -> Any:
        stops: list[Part] = []
        for _step in range(MOST_TABS):
            at = self._focus(stops)
            if at is None:
                stops = [part for part in self._whole(self.active()).all() if part.state & FOCUSABLE]
                at = self._focus(stops)
            if at is not None and at.spoken == name:
                return at
            self.press("Tab")
        raise AssertionError(f"no way to {name!r} with Tab ({self.picture('reach')})\n{self.everything()}")

    def _focus(self, stops: list[Part]) -> Part | None:
        """Which of these has the keyboard."""
        states = self._ask(*(Ask(part.path, A11Y + "Accessible", "GetState") for part in stops))
        return next((part for part, state in zip(stops, states, strict=True) if state and state[0] & FOCUSED), None)

    def put(self, name: str, value: str | bool) -> None:
        part = self.reach(name)
        if part.role == "check box":
            if bool(part.state & CHECKED) != value:
                self.press("Space")
            return
        assert isinstance(value, str)
        self.press("Ctrl+A")
        self.type(value)
        if part.role == "combo box":
            self.until(lambda: self.keyboard.popups, f"{value} offered")
            self.press("Down", "Return")
            self.until(lambda: not self.keyboard.popups, "the offers gone")
        self.until(lambda: self._text(part) in (value, HIDDEN * len(value)), f"{value!r} in {name}")

    def _text(self, part: Part) -> str:
        inside = next((each for each in self._whole(Part(part.path)).all() if each.role in TYPED_INTO), part)
        return plain(self._ask(Ask(inside.path, A11Y + "Text", "GetText", "ii", (0, -1)))[0] or "")

    def do(self, action: str, kind: str = "") -> None:
        self.press("Ctrl+K")
        self.dialog("Search")
        self.type(f"{kind} {action}".strip())
        self.until(
            lambda: any(action in plain(part.name) for part in self._whole(self.active()).all() if part.state & SELECTED), f"{action} in the palette"
        )
        self.press("Return")
        self.dialog_gone("Search")

    def row(self, *words: str) -> list[str]:
        self.until(lambda: any(all(word in " ".join(cells) for word in words) for cells in self.rows()), f"a row with {words}")
        table = self._table()
        assert table is not None
        for _step in range(MOST_TABS):
            if self._focus([table]) is not None or self._inside(table):
                break
            self.press("Tab")
        return self.until(lambda: self._walked_to(table, words), f"the keyboard on a row with {words}")

    def _walked_to(self, table: Part, words: tuple[str, ...]) -> list[str] | None:
        """From the first row down, which in a list that lets one choose many is not chosen by going there alone.

        A list that comes anew meanwhile forgets where one stood, and a busy machine tells it late.
        """
        self.press("Ctrl+Home", "Down", "Up")
        for _step in range(len(self._cells(table)) + 2):
            at = self._chosen(table)
            cells = [] if at is None else self._cells(table, at)
            if cells and all(word in " ".join(cells[0]) for word in words):
                return cells[0]
            self.press("Down")
        return None

    def _chosen(self, table: Part) -> int | None:
        rows = self._ask(Ask(table.path, A11Y + "Table", "GetSelectedRows"))[0]
        return rows[0] if rows else None

    def _inside(self, table: Part) -> bool:
        """Whether one of its cells has the keyboard."""
        at = self._chosen(table)
        found = self._ask(Ask(table.path, A11Y + "Table", "GetAccessibleAt", "ii", (at, 0)))[0] if at is not None else None
        return found is not None and self._focus([Part(found[1])]) is not None

    def dialog(self, title: str) -> Any:
        return self.until(lambda: (window := self.active()).windowTitle() == title and window, f"the dialog {title!r}")

    def dialog_gone(self, title: str, seconds: float = PATIENCE) -> None:
        self.until(lambda: all(each.windowTitle() != title for each in self._windows()), f"the dialog {title!r} closed", seconds)
        self.until(lambda: self.active().path != ROOT, "a window with the keyboard")
