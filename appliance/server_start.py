"""What a server's start leaves out, done before anything of Twisted is imported."""

from __future__ import annotations

import sys
import types
from typing import Any


def leave_asyncio_out() -> None:
    """Twisted's deferreds name three things of asyncio that a server of ours never meets, and loading it all is a tenth of a start.

    They are given stand-ins; whoever imports asyncio later gets the real one.
    """
    if "asyncio" in sys.modules or "twisted.internet.defer" in sys.modules:
        return
    stand_in: Any = types.ModuleType("asyncio")
    stand_in.AbstractEventLoop = stand_in.Future = type(None)
    stand_in.iscoroutine = lambda found: isinstance(found, types.CoroutineType)
    sys.modules["asyncio"] = stand_in
    try:
        import twisted.internet.defer  # noqa: F401
    finally:
        del sys.modules["asyncio"]
