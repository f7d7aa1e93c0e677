"""`tollhouse demo`: a whole shop on a throw-away folder, calls going on, running calls and balances shown until stopped.

The server is a process of its own and the true one; a carrier and eight phones reach it by sockets alone. Everything
shown is asked of it as any program would ask: by its control door, and by reading its folder beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from appliance import demo_screen, demo_shop, paths
from appliance.clock import SystemClock, parse_rfc3339
from appliance.control_client import control_of
from appliance.demo_agent import Answer, DemoCarrier, DemoPhone
from appliance.demo_call import ANSWERED, ENDED, DemoCall
from appliance.demo_clerk import Counter
from appliance.demo_loop import AgentLoop
from appliance.errors import EnvironmentFault
from appliance.money import format_amount, parse_amount
from appliance.services.ground.listing import Listing, listing_of
from appliance.store.store import Reader

READY_SECONDS = 20.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.5
SERVE_SECONDS = 2.0
KEPT_CALLS = 50
REST_SECONDS = (1.0, 6.0)  # of a phone between two calls
TALK_SECONDS = (6.0, 40.0)
RING_SECONDS = (1.0, 4.0)


class Guest:
    """Whoever holds one phone: calls somebody, talks, hangs up, rests, calls again."""

    def __init__(self, phone: DemoPhone, account: demo_shop.DemoPhoneAccount, chance: random.Random) -> None:
        self._phone = phone
        self._account = account
        self._chance = chance
        self._call: DemoCall | None = None
        self._next = AgentLoop.now() + chance.uniform(0.0, 4.0)
        self._talk = 0.0

    def act(self) -> None:
        """What is due now."""
        now = AgentLoop.now()
        call = self._call
        if call is None:
            if now >= self._next:
                self._talk = self._chance.uniform(*TALK_SECONDS)
                self._call = self._phone.call(self._chance.choice(self._account.dials))
        elif call.state == ENDED:
            self._call = None
            self._next = now + self._chance.uniform(*REST_SECONDS)
        elif call.state == ANSWERED and now - call.answered_at >= self._talk:
            call.hang_up()

    def leave(self) -> None:
        """Hang up for good."""
        if self._call is not None and self._call.state != ENDED:
            self._call.hang_up()


class Peers:
    """The carrier and the phones, in a thread of their own."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._loop = AgentLoop().start()
        self._phones: list[DemoPhone] = []
        self.guests: list[Guest] = []
        self.carrier = DemoCarrier(self._loop, answer=self._carrier_answers)

    def _carrier_answers(self, number: str) -> Answer:
        """Most are there; some are busy."""
        busy = self._chance.random() < 0.08
        return Answer(status=486 if busy else 200, after=self._chance.uniform(*RING_SECONDS))

    def register(self, server: tuple[str, int]) -> None:
        """Every phone registers and gets its guest; EnvironmentFault demo.not_registered."""
        for account in demo_shop.PHONES:
            domain = demo_shop.DOMAIN if account.number.startswith("1") else f"south.{demo_shop.DOMAIN}"
            answer = Answer(after=self._chance.uniform(*RING_SECONDS))
            phone = DemoPhone(self._loop, server, account.number, account.password, domain=domain, answer=answer)
            self._phones.append(phone)
            if not phone.register():
                raise EnvironmentFault("demo.not_registered", number=account.number, status=phone.register_status)
            self.guests.append(Guest(phone, account, self._chance))

    def close(self) -> None:
        """Everybody goes home."""
        for peer in (*self._phones, self.carrier):
            peer.close()
        self._loop.stop()


class Child:
    """The demo's server: `tollhouse apply`, then `tollhouse serve`, on the throw-away folder."""

    def __init__(self, folder: Path) -> None:
        self.data = paths.data_folder(folder / "data")
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def apply(self, description: dict[str, Any]) -> None:
        """EnvironmentFault demo.no_server with what the command said."""
        file = self.data.root.parent / "shop.json"
        file.write_text(json.dumps(description), encoding="utf-8")
        line = [*paths.program(), "apply", str(file), "--data", str(self.data.root)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode:
            raise EnvironmentFault("demo.no_server", reason=done.stderr.strip())

    def start(self, port: int) -> dict[str, Any]:
        """What the server's ready line says."""
        line = [*paths.program(), "serve", "--data", str(self.data.root), "--web", "127.0.0.1:0", "--drain", "0"]
        line += ["--sip", f"udp:127.0.0.1:{port}", "--media", "127.0.0.1:34000-34999"]
        apart: dict[str, Any] = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # our Ctrl-C is not the server's
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, **apart)
        said = self._first_line()
        try:
            ready: dict[str, Any] = json.loads(said)
        except ValueError:
            raise EnvironmentFault("demo.no_server", reason=self._log.read_text(encoding="utf-8", errors="replace").strip()[-800:]) from None
        return ready

    def allow_satellites(self, customer: str) -> None:
        """Numbers that fraud likes are blocked until somebody allows them: one customer's small balance runs dry by them."""
        remote = control_of(self.data)
        if remote is None:
            raise EnvironmentFault("server.not_running")
        remote.do("limits.set", {"kind": "customer", "owner": customer, "high_risk": "allowed"})

    def _first_line(self) -> bytes:
        assert self._process is not None
        out = self._process.stdout
        assert out is not None
        if os.name != "nt" and not select.select([out], [], [], READY_SECONDS)[0]:
            return b""
        return out.readline()

    @property
    def ended(self) -> bool:
        """Whether the server is gone."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """As a service manager stops it; killed where it does not listen."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def proved(self) -> bool:
        """Whether the books of the stopped server hold."""
        done = subprocess.run([*paths.program(), "verify", "--data", str(self.data.root)], capture_output=True, check=False)
        return done.returncode == 0


class Watcher:
    """What the screen shows, asked of the running server and read from its folder."""

    def __init__(self, child: Child, address: str) -> None:
        self._child = child
        self._address = address
        self._began = AgentLoop.now()
        self._seen: set[int] = set()
        self._ended: deque[dict[str, Any]] = deque(maxlen=KEPT_CALLS)
        self._charged: dict[str, int] = {}

    @property
    def total(self) -> int:
        """Calls that are over."""
        return len(self._seen)

    def view(self, listing: Listing) -> demo_screen.View:
        """This moment."""
        remote = control_of(self._child.data)
        if remote is None:
            raise EnvironmentFault("server.not_running")
        calls = [self._timed(call) for call in remote.do("calls.list")["calls"]]
        balances = remote.do("balances.list")["balances"]
        self.read(listing)
        charged = {currency: format_amount(micros) for currency, micros in self._charged.items()}
        return demo_screen.View(AgentLoop.now() - self._began, self._address, calls, balances, tuple(self._ended), self.total, charged)

    def read(self, listing: Listing) -> None:
        """Call records that are new since the last time; a record's id is from the call's start, so that late ones come in between."""
        new = [cdr for cdr in listing.cdrs(newest_first=True, limit=KEPT_CALLS) if cdr.id not in self._seen]
        for cdr in sorted(new, key=lambda cdr: cdr.ended_at):
            self._seen.add(cdr.id)
            charges = [{"level": each.level, "amount": each.amount, "currency": each.currency} for each in cdr.charges]
            self._ended.appendleft({name: getattr(cdr, name) for name in cdr.__struct_fields__} | {"charges": charges})
            for charge in cdr.charges:
                if charge.level == 0:
                    self._charged[charge.currency] = self._charged.get(charge.currency, 0) + parse_amount(charge.amount)

    @staticmethod
    def _timed(call: dict[str, Any]) -> dict[str, Any]:
        seconds = {
            name: parse_rfc3339(call[at]) / 1000 if call[at] else None
            for name, at in (("answered_seconds", "answered_at"), ("ends_seconds", "runs_out_at"))
        }
        return call | seconds


class Screen:
    """A terminal that is repainted, or plain lines where there is none."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._shown: list[int] = []
        if self._live:
            sys.stdout.write(demo_screen.HIDE + "\x1b[2J")

    def show(self, view: demo_screen.View) -> None:
        """One moment."""
        if self._live:
            size = shutil.get_terminal_size()
            lines = demo_screen.lines(view, SystemClock().utcnow() / 1000, colour="NO_COLOR" not in os.environ)
            sys.stdout.write(demo_screen.frame(lines, size.columns, size.lines))
        else:
            for line in demo_screen.news(self._shown, view):
                print(line)
            self._shown = [cdr["id"] for cdr in view.ended]
        sys.stdout.flush()

    def close(self) -> None:
        """The cursor comes back."""
        if self._live:
            sys.stdout.write(demo_screen.SHOW)
            sys.stdout.flush()


def _ended_by_signal(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _watch(child: Child, peers: Peers, counter: Counter, watcher: Watcher, seconds: float | None) -> None:
    """Show, and let guests and clerk act, until stopped or the time is over."""
    screen = Screen()
    end = None if seconds is None else AgentLoop.now() + seconds
    look = serve = 0.0
    try:
        with Reader(child.data.root) as reader:
            listing = Listing(reader)
            while end is None or AgentLoop.now() < end:
                for guest in peers.guests:
                    guest.act()
                if AgentLoop.now() >= serve and not child.ended:
                    counter.act()
                    serve = AgentLoop.now() + SERVE_SECONDS
                if AgentLoop.now() >= look:
                    if child.ended:
                        raise EnvironmentFault("demo.server_ended")
                    screen.show(watcher.view(listing))
                    look = AgentLoop.now() + LOOK_SECONDS
                time.sleep(0.05)
    except KeyboardInterrupt:
        pass  # the way a demo is meant to end
    finally:
        screen.close()


def _finish(child: Child, peers: Peers, watcher: Watcher) -> int:
    """Hang up, stop the server, prove its books; the exit code."""
    for guest in peers.guests:
        guest.leave()
    time.sleep(0.3)
    child.stop()
    with listing_of(child.data.root) as listing:
        watcher.read(listing)
    proved = child.proved()
    books = "are proved: every charge has its entry, every balance is the sum of its postings" if proved else "do NOT hold"
    print(f"{watcher.total} calls. The books {books}.")
    return 0 if proved else 1


def main(options: argparse.Namespace) -> int:
    """Set the shop up, run it, take it away again."""
    signal.signal(signal.SIGTERM, _ended_by_signal)
    folder = Path(tempfile.mkdtemp(prefix="tollhouse-demo-"))
    child = Child(folder)
    peers = Peers(random.Random())
    try:
        print("Setting the shop up: two resellers, five customers, a call shop, the sample deck, one carrier …", flush=True)
        passwords = {login: secrets.token_urlsafe(9) for login in (demo_shop.OWNER, demo_shop.SUPERVISOR, demo_shop.CLERK)}
        child.apply(demo_shop.description(paths.resources() / "sample_decks" / "world.csv", peers.carrier.port, passwords))
        ready = child.start(options.port)
        sip = ready["sip"][0]
        print(f"The server is ready. SIP at {sip}, the API at {ready['web']}. Data in {folder}, taken away at the end.")
        print(f"Your own phone may join: user 1000011, password maria-5820, domain {demo_shop.DOMAIN}, proxy {sip}.")
        said = ", ".join(f"{login} {password}" for login, password in passwords.items())
        print(f"The console signs in at {ready['web']} with: {said} (the reseller's owner, the call shop's supervisor, its clerk).", flush=True)
        host, port = sip.rsplit(":", 2)[1:]
        peers.register((host, int(port)))
        watcher = Watcher(child, sip)
        child.allow_satellites(demo_shop.SATELLITES)
        counter = Counter(ready["web"], demo_shop.PIER, demo_shop.CLERK, passwords[demo_shop.CLERK], random.Random())
        counter.open()
        _watch(child, peers, counter, watcher, options.seconds)
        return _finish(child, peers, watcher)
    except KeyboardInterrupt:
        return 0  # before anything was shown
    finally:
        child.stop()
        peers.close()
        shutil.rmtree(folder, ignore_errors=True)
