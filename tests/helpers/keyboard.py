"""What a desktop gives to a bare X server: windows that are shown get the keyboard, and keys are pressed as a person presses them.

Through Xlib and its XTEST extension, so that any program on the display may be driven, whatever it is made with.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
import time
from ctypes import byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p
from typing import Any

MAP_NOTIFY, MAP_REQUEST, CONFIGURE_REQUEST = 19, 20, 23
GONE = (17, 18)  # DestroyNotify, UnmapNotify
SUBSTRUCTURE = (1 << 19) | (1 << 20)  # SubstructureNotifyMask, SubstructureRedirectMask
TO_PARENT, NOW = 2, 0
PACE = 0.004
"""Between two keys: a fast typist's are ten times as far apart."""

HELD = {"Ctrl": "Control_L", "Shift": "Shift_L", "Alt": "Alt_L"}
KEYS = {"Space": "space", "PgDown": "Next", "PgUp": "Prior", "Del": "Delete", "Enter": "KP_Enter", "Backtab": "ISO_Left_Tab"}


class _Changes(ctypes.Structure):
    """XWindowChanges."""

    _fields_ = [(name, c_int) for name in ("x", "y", "width", "height", "border_width")] + [("sibling", c_ulong), ("stack_mode", c_int)]


def _library(name: str, package: str) -> Any:
    found = ctypes.util.find_library(name)
    assert found, f"lib{name} is missing. On Debian and Ubuntu: sudo apt-get install {package}"
    return ctypes.CDLL(found)


class Xlib:
    """One connection to a display; for one thread."""

    ignore = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)(lambda _display, _error: 0)
    """A window may be gone when it is spoken of; Xlib would end the process for it."""

    def __init__(self, name: str) -> None:
        self.x, self.test = _library("X11", "libx11-6"), _library("Xtst", "libxtst6")
        self.x.XOpenDisplay.restype, self.x.XOpenDisplay.argtypes = c_void_p, [c_char_p]
        self.x.XDefaultRootWindow.restype, self.x.XDefaultRootWindow.argtypes = c_ulong, [c_void_p]
        self.x.XStringToKeysym.restype, self.x.XStringToKeysym.argtypes = c_ulong, [c_char_p]
        self.x.XKeycodeToKeysym.restype, self.x.XKeycodeToKeysym.argtypes = c_ulong, [c_void_p, ctypes.c_ubyte, c_int]
        self.x.XSetErrorHandler(self.ignore)
        display = self.x.XOpenDisplay(name.encode())
        assert display, f"no display {name}"
        self.display = c_void_p(display)
        self.root = c_ulong(self.x.XDefaultRootWindow(self.display))

    def close(self) -> None:
        """The connection ends."""
        self.x.XCloseDisplay(self.display)


class Keyboard:
    """Keys for whatever has the keyboard on the display `name`; `with` it, windows that come and go get and give it back."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.popups: frozenset[int] = frozenset()
        """Menus, offers and hints that are up."""
        self._keys: Xlib | None = None
        self._over = threading.Event()
        self._manager = threading.Thread(target=self._manage, name="windows", daemon=True)
        self._began = threading.Event()

    def __enter__(self) -> Keyboard:
        self._keys = Xlib(self._name)
        self._manager.start()
        assert self._began.wait(10)
        return self

    def __exit__(self, *_fault: object) -> None:
        self._over.set()
        self._manager.join(10)
        if self._keys is not None:
            self._keys.close()

    # keys ----------------------------------------------------------------------------------------------------------
    def press(self, keys: str) -> None:
        """One key with what is held: `Ctrl+Shift+R`, `Return`."""
        *held, last = keys.split("+") if keys != "+" else ["+"]
        self._stroke([HELD[each] for each in held], KEYS.get(last, last if len(last) > 1 else last.lower()))

    def type(self, text: str) -> None:
        """Letter by letter, on the keys of an American keyboard."""
        for letter in text:
            assert letter.isascii(), f"{letter!r} is not on this keyboard"
            self._stroke([], letter)

    def _stroke(self, held: list[str], name: str) -> None:
        lib = self._keys
        assert lib is not None
        symbol = lib.x.XStringToKeysym(name.encode()) if len(name) > 1 else ord(name)
        code = lib.x.XKeysymToKeycode(lib.display, c_ulong(symbol))
        assert symbol and code, f"no key {name!r}"
        if len(name) == 1 and lib.x.XKeycodeToKeysym(lib.display, code, 0) != symbol:
            held = [*held, "Shift_L"]
        holding = [lib.x.XKeysymToKeycode(lib.display, c_ulong(lib.x.XStringToKeysym(each.encode()))) for each in held]
        for each, down in [*((one, 1) for one in holding), (code, 1), (code, 0), *((one, 0) for one in reversed(holding))]:
            lib.test.XTestFakeKeyEvent(lib.display, c_uint(each), c_int(down), c_ulong(0))
        lib.x.XSync(lib.display, 0)
        time.sleep(PACE)

    # windows -------------------------------------------------------------------------------------------------------
    def _manage(self) -> None:
        """Every window may be where it wants; the one that was shown last has the keyboard."""
        lib = Xlib(self._name)
        lib.x.XSelectInput(lib.display, lib.root, c_long(SUBSTRUCTURE))
        lib.x.XSync(lib.display, 0)
        self._began.set()
        shown: list[int] = []
        event = (c_ulong * 24)()
        while not self._over.is_set():
            if not lib.x.XPending(lib.display):
                time.sleep(0.002)
                continue
            lib.x.XNextEvent(lib.display, byref(event))
            self._happened(lib, event, shown)
        lib.close()

    def _happened(self, lib: Xlib, event: Any, shown: list[int]) -> None:
        kind, window = event[0] & 0xFFFFFFFF, event[5]
        if kind == MAP_REQUEST:
            lib.x.XMapRaised(lib.display, c_ulong(window))
        elif kind == CONFIGURE_REQUEST:
            x, y, width, height = (c_int(event[at] >> shift & 0xFFFFFFFF).value for at, shift in ((6, 0), (6, 32), (7, 0), (7, 32)))
            wanted = _Changes(x, y, width, height)
            lib.x.XConfigureWindow(lib.display, c_ulong(window), c_uint(event[11] & 0x0F), byref(wanted))
        elif kind == MAP_NOTIFY and event[6] & 1:  # override_redirect: a pop-up, which is never given the keyboard
            self.popups |= {window}
        elif kind == MAP_NOTIFY and window not in shown:
            shown.append(window)
        elif kind in GONE and window in shown:
            shown.remove(window)
        elif kind in GONE:
            self.popups -= {window}
        if kind in (MAP_NOTIFY, *GONE) and shown and not self.popups:
            lib.x.XSetInputFocus(lib.display, c_ulong(shown[-1]), TO_PARENT, c_ulong(NOW))
        lib.x.XFlush(lib.display)
