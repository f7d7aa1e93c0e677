"""The server's reactor: readers that are read at once, all others Twisted's way, and a fault in one ends neither."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import socket
from twisted.internet.main import CONNECTION_DONE
from appliance.server_reactor import server_reactor

reactor = server_reactor()
assert reactor is server_reactor()

class Reader:
    def __init__(self, name, read_at_once):
        self.name, self.read_at_once = name, read_at_once
        self.ours, self.theirs = socket.socketpair()
        reactor.addReader(self)

    def fileno(self):
        return self.ours.fileno()

    def logPrefix(self):
        return self.name

    def doRead(self):
        words = self.ours.recv(100).decode()
        if not words:
            return CONNECTION_DONE
        print(self.name, words, flush=True)
        if words == "fault":
            raise ValueError("a bug in a reader")
        if words == "close":
            reactor.removeReader(self)
            self.ours.close()

    def connectionLost(self, reason):
        print(self.name, "lost", reason.type.__name__, flush=True)

quick, slow = Reader("quick", True), Reader("slow", False)
steps = [(quick, b"one"), (slow, b"one"), (quick, b"fault"), (quick, b"two"), (quick, b"close"), (slow, b"two")]
for number, (reader, words) in enumerate(steps):
    reactor.callLater(0.05 * number, reader.theirs.send, words)
reactor.callLater(0.30, slow.theirs.close)
reactor.callLater(0.35, lambda: (print(len(reactor.getReaders()), "left", flush=True), reactor.stop()))
reactor.run()
"""


def test_at_once_or_not_all_are_read_and_a_bug_is_logged() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith(("quick", "slow"))]
    assert said == ["quick one", "slow one", "quick fault", "quick two", "quick close", "slow two", "slow lost ConnectionDone"], done.stdout
    assert "a bug in a reader" in done.stdout + done.stderr
