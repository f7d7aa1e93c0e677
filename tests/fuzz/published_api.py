"""What schemathesis finds in the API as it is published, asked of a real server.

    python -m tests.fuzz.published_api [seconds]

It makes requests from `/api/v1/openapi.json`, right ones and wrong ones, and holds every answer against the same document. The server's
shop is one in which every operation has been run once (the script of `tests/api/test_operations.py`, and `published_world`), so that much
of what is asked is there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from appliance.services.ground.access import PERMISSIONS
from appliance.wire.operations import ANYONE, OPERATIONS, PREFIX
from tests.api.test_operations import OF_ONESELF, SCRIPT, filled
from tests.fuzz.published_world import lived_in
from tests.helpers.appliance import ENVIRONMENT, Appliance

SETTINGS = Path(__file__).with_name("schemathesis.toml")
SEED = 20_261_123
LONG_SECONDS = 900
LEFT_OUT = OF_ONESELF | {"operators.redeem", "operators.sign_out", "backups.start_copy"}
"""What is asked before anybody is there, or ends what comes after it."""


class World:
    """A server with a shop, and the token of a program that may do everything."""

    def __init__(self, folder: Path) -> None:
        self.server = Appliance(folder)
        self.server.serve("--set", "api.requests_per_second=0", "--set", "guard.enabled=false")
        self._setup = re.search(r"set-up code: (\S+)", self.server.log())
        self._token = ""
        self.answered: set[str] = set()
        """Operations that were answered with 200."""

    @property
    def url(self) -> str:
        return str(self.server.ready["web"])

    def ask(self, name: str, request: dict[str, Any]) -> tuple[int, Any]:
        """(status, what was answered)."""
        operation = OPERATIONS[name]
        places = set(re.findall(r"\{(\w+)\}", operation.path))
        path = re.sub(r"\{(\w+)\}", lambda found: quote(str(request[found[1]]), safe=""), operation.path)
        rest = {key: value for key, value in request.items() if key not in places}
        in_query = operation.method in {"GET", "DELETE"}
        query = [(key, str(value).lower() if isinstance(value, bool) else str(value)) for key, value in rest.items()] if in_query else []
        asked = urllib.request.Request(
            f"{self.url}{PREFIX}{path}" + (f"?{urlencode(query)}" if query else ""),
            None if in_query else json.dumps(rest).encode(),
            {"Content-Type": "application/json", **({"Authorization": f"Bearer {self._token}"} if operation.permission != ANYONE else {})},
            method=operation.method,
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                content, status = answer.read(), answer.status
        except urllib.error.HTTPError as refused:
            content, status = refused.read(), refused.code
        if status == 200:
            self.answered.add(name)
        return status, json.loads(content) if content[:1] in b"{[" else {}

    def play(self) -> list[str]:
        """Run the script; which of its lines were answered by something else than was to be: a fault of the program."""
        assert self._setup is not None
        replies: dict[str, Any] = {}
        faults = []
        for name, request in SCRIPT:
            if name in LEFT_OUT and name != "operators.redeem":
                continue
            try:
                body = filled(request, replies, self._setup[1])
            except (KeyError, IndexError, TypeError):
                continue  # it needs what only the other script's stage has
            status, reply = self.ask(name, body)
            if status >= 500 and status != 503:
                faults.append(f"{name} {body}: {status} {reply}")
            if status == 200:
                replies[name] = reply
                self._token = reply["token"] if name == "operators.sign_in" else self._token
        lived_in(self._as_who_signs_in, self.server.sip_port)
        return faults

    def _as_who_signs_in(self, name: str, request: dict[str, Any]) -> tuple[int, Any]:
        status, reply = self.ask(name, request)
        if name == "operators.sign_in" and status == 200:
            self._token = reply["token"]
        return status, reply

    def program(self) -> str:
        """The token of a program with all that its owner may. The first one made is there to be revoked."""
        made: dict[str, Any] = {}
        for name in ("to be revoked", "schemathesis"):
            _, made = self.ask("api_tokens.create", {"name": name, "scopes": sorted(PERMISSIONS["owner"])})
        return str(made["token"])

    def may_still_ask(self, token: str) -> bool:
        """Whether the token was good to the end: else little was tried."""
        self._token = token
        return self.ask("customers.list", {})[0] == 200


def run(world: World, token: str, folder: Path, *options: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """schemathesis as a program of its own; exit code 0 where it found nothing."""
    line = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run", f"{world.url}{PREFIX}/openapi.json"]
    return subprocess.run(
        [*line, "--no-color", "--warnings", "off", "--generation-database", "none", "--exclude-operation-id", "events", *options],
        cwd=folder, env=ENVIRONMENT | {"TOKEN": token}, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


def main() -> int:
    """The long run; 0 where nothing was found."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else LONG_SECONDS
    with tempfile.TemporaryDirectory(prefix="published-api") as scratch:
        world = World(Path(scratch))
        try:
            faults = world.play()
            token = world.program()
            done = run(world, token, Path(scratch), "--continue-on-failure", "--max-time", str(seconds), timeout=seconds + 600)
            print(done.stdout[-60_000:], *faults, sep="\n")
            if not world.may_still_ask(token):
                print("The token was not good to the end.")
                return 1
            return done.returncode or bool(faults)
        finally:
            world.server.stop()


if __name__ == "__main__":
    sys.exit(main())
