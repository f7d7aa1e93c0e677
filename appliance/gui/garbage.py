"""Garbage is collected on the window's thread alone.

Python collects wherever a thread happens to allocate. What holds a window's parts in a cycle would then be destroyed on a
printer's or a worker's thread, which Qt answers with a crash. So the collector's own steps are off, and a timer takes them.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

STEP_MS = 500
YOUNG = 5_000
"""Objects more than that since the last step make one worth while."""

STEPS_A_WHOLE = 120
"""After so many steps that were worth while all is walked."""


class GarbageSteps(QObject):
    """Made once, on the window's thread; from then on nobody else collects."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._steps = 0
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self.step)
        self._timer.start()

    def step(self) -> None:
        """A step, where there is something to find."""
        if gc.get_count()[0] < YOUNG:
            return
        self._steps += 1
        gc.collect(2 if self._steps % STEPS_A_WHOLE == 0 else 1)
