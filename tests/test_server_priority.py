"""Before other programs where the system permits it, and never for what the server starts or computes without a rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from appliance.server_priority import Priority

ROOT = Path(__file__).parents[1]
LINUX = sys.platform.startswith("linux")

#: A server in small: main and commit thread, one thread and one program started afterwards, then a loop that never rests.
SCRIPT = """
import json, os, threading, time
from appliance.server_priority import Priority
if {ordinary}:
    import resource
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    if os.getuid() == 0:
        os.setgid(65534); os.setuid(65534)
class Loop:
    def callFromThread(self, work): self.told = work
    def callLater(self, seconds, work): self.later = seconds, work
loop, hold = Loop(), threading.Event()
commit = threading.Thread(target=hold.wait, daemon=True)
commit.start()
priority = Priority(loop)
granted = priority.begin(commit.native_id)
def policy(thread=0): return os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK
seen = []
other = threading.Thread(target=lambda: seen.append(policy()))
other.start(); other.join()
forked = os.fork()
if not forked: os._exit(policy())
child = os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1])
told = dict(granted=granted, main=policy(), commit=policy(commit.native_id), thread=seen[0], child=child, others=(os.SCHED_RR, os.SCHED_OTHER))
if granted:
    until = time.monotonic() + 30
    while policy() == os.SCHED_RR and time.monotonic() < until: pass
    told["looped"] = policy(), policy(commit.native_id)
    loop.told()
    wait, again = loop.later
    again()
    told["again"] = wait, policy()
print(json.dumps(told))
"""


def run(ordinary: bool) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(ordinary=ordinary)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def permitted() -> bool:
    """Whether a program started here may take that rank."""
    code = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_two_threads_alone_and_not_while_they_never_rest() -> None:
    if not LINUX:
        assert Priority(None).begin(0) is False
        return
    found = run(ordinary=False)
    assert found["granted"] is permitted()
    real_time, ordinary = os.SCHED_RR, os.SCHED_OTHER
    expected = real_time if found["granted"] else ordinary
    assert (found["main"], found["commit"], found["thread"], found["child"]) == (expected, expected, ordinary, ordinary)
    if found["granted"]:
        assert found["looped"] == [ordinary, ordinary] and found["again"] == [60.0, real_time]


def test_without_permission_everything_goes_on_as_before() -> None:
    if not LINUX:
        assert Priority(None).begin(0) is False
        return
    found = run(ordinary=True)
    assert found["granted"] is False
    assert {found[name] for name in ("main", "commit", "thread", "child")} == {os.SCHED_OTHER}
