"""E-mail through a real SMTP server on loopback: TLS, sign-in, refusals, a server that is away, and files where none is set."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from appliance.mailer.queue import Mailer
from appliance.wire.messages import MailTest, MessageList, MessageView
from appliance.wire.settings import SettingsSet
from appliance.wire.shapes import ById
from tests.helpers.appliance import wait_for
from tests.helpers.loop import RunningReactor, running_reactor
from tests.helpers.mail_server import MailServer
from tests.services.nouns.described import Described, example


@pytest.fixture(scope="module")
def running() -> Iterator[RunningReactor]:
    with running_reactor() as one:
        yield one


class Post:
    """A shop with a mailer on a running reactor; everything of the shop is done on the reactor's thread."""

    def __init__(self, running: RunningReactor, folder: Path) -> None:
        self.running = running
        self.shop: Described = running.do(Described, folder)
        self.outbox_folder = folder / "outbox"
        running.do(self.shop.apply, example())
        self.mailer = Mailer(running.reactor, self.shop.services.room, self.shop.nouns.messages.outbox, self.exclusive, self.outbox_folder)
        running.do(self.mailer.start)

    def exclusive(self, work: Callable[[], object]) -> Deferred[Any]:
        try:
            with self.shop.services.changes.unit():
                return succeed(work())
        except Exception as error:
            return fail(error)

    def set(self, **values: Any) -> None:
        settings = {f"mail.{key}": value for key, value in values.items()}
        self.running.do(self.shop.nouns.configuration.set, self.shop.owner, SettingsSet(settings))

    def send(self, recipient: str) -> int:
        sent: MessageView = self.running.do(self.shop.nouns.messages.test, self.shop.owner, MailTest(recipient))
        return sent.id

    def state(self, message_id: int) -> MessageView:
        view: MessageView = self.running.do(self.shop.nouns.messages.get, self.shop.owner, ById(message_id))
        return view

    def retry(self, message_id: int) -> None:
        self.running.do(self.shop.nouns.messages.retry, self.shop.owner, ById(message_id))

    def becomes(self, message_id: int, state: str, tries: int = 1) -> MessageView:
        wait_for(lambda: (view := self.state(message_id)).state == state and view.tries >= tries, 20, f"message {message_id} to be {state}")
        return self.state(message_id)

    def close(self) -> None:
        self.running.do(self.mailer.close)
        self.running.do(self.shop.store.close)


@pytest.fixture
def post(running: RunningReactor, tmp_path: Path) -> Iterator[Post]:
    one = Post(running, tmp_path / "data")
    yield one
    one.close()


@contextmanager
def server_of(running: RunningReactor, **how: Any) -> Iterator[MailServer]:
    server = MailServer(running.reactor, **how)
    running.do(server.start)
    try:
        yield server
    finally:
        running.do(server.stop)


def test_without_a_server_each_message_is_a_file(post: Post) -> None:
    message = post.send("owner@example.test")
    post.becomes(message, "sent")
    (file,) = post.outbox_folder.iterdir()
    assert file.suffix == ".eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    read = message_from_string(file.read_bytes().decode("ascii"), policy=default)
    assert read["To"] == "owner@example.test"
    assert read["Subject"] == "Test message of Tollhouse"
    text, page = read.iter_parts()
    assert "was sent to see whether it arrives" in text.get_content()
    assert page.get_content_type() == "text/html"


def test_a_server_takes_it(post: Post, running: RunningReactor) -> None:
    with server_of(running) as server:
        post.set(host="127.0.0.1", port=server.port, security="none", sender="shop@example.test")
        message = post.send("owner@example.test")
        post.becomes(message, "sent")
        (taken,) = server.taken
        assert (taken.sender, taken.recipient, taken.tls) == ("shop@example.test", "owner@example.test", False)
        assert "127.0.0.1" in taken.data


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_sealed_and_signed_in(post: Post, running: RunningReactor, security: str) -> None:
    with server_of(running, account=("shop", "a good secret"), **{security: True}) as server:
        post.set(
            host="127.0.0.1", port=server.port, security=security, check_certificate=False, username="shop", password="a good secret",
            sender="shop@example.test",
        )  # fmt: skip
        message = post.send("owner@example.test")
        post.becomes(message, "sent")
        (taken,) = server.taken
        assert taken.signed_in
        assert taken.tls
        kept = post.running.do(post.shop.store.settings.get, "mail.password")
        assert "a good secret" not in kept


def test_a_certificate_that_nobody_vouches_for_is_refused(post: Post, running: RunningReactor) -> None:
    for security in ("starttls", "tls"):
        with server_of(running, **{security: True}) as server:
            post.set(host="127.0.0.1", port=server.port, security=security, sender="shop@example.test")
            message = post.send("owner@example.test")
            wait_for(lambda message=message: post.state(message).error is not None, 20, "an error")
            view = post.state(message)
            assert view.state == "waiting"
            assert "certificate" in str(view.error)
            assert server.taken == []


def test_starttls_is_never_left_out(post: Post, running: RunningReactor) -> None:
    with server_of(running) as server:
        post.set(host="127.0.0.1", port=server.port, security="starttls", sender="shop@example.test")
        message = post.send("owner@example.test")
        wait_for(lambda: post.state(message).error is not None, 20, "an error")
        assert server.taken == []


def test_a_bad_address_stops_nobody(post: Post, running: RunningReactor) -> None:
    with server_of(running, refuse={"gone@example.test": 550, "later@example.test": 450}) as server:
        post.set(host="127.0.0.1", port=server.port, security="none", sender="shop@example.test")
        gone, later, good = post.send("gone@example.test"), post.send("later@example.test"), post.send("good@example.test")
        post.becomes(good, "sent")
        refused = post.becomes(gone, "failed")
        assert "550" in str(refused.error)
        postponed = post.becomes(later, "waiting")
        assert postponed.next_try_at is not None
        assert [taken.recipient for taken in server.taken] == ["good@example.test"]


def test_a_wrong_password_is_told_without_it(post: Post, running: RunningReactor) -> None:
    with server_of(running, account=("shop", "right")) as server:
        post.set(host="127.0.0.1", port=server.port, security="none", username="shop", password="wrong one", sender="shop@example.test")
        message = post.send("owner@example.test")
        wait_for(lambda: post.state(message).error is not None, 20, "an error")
        view = post.state(message)
        assert view.state == "waiting"
        assert "535" in str(view.error)
        assert "wrong" not in str(view.error)
        assert "d3Jvbmcgb25l" not in str(view.error)


def test_a_server_that_is_away_is_waited_for(post: Post, running: RunningReactor) -> None:
    with server_of(running) as server:
        port = server.port
    post.set(host="127.0.0.1", port=port, security="none", sender="shop@example.test")
    first = post.send("one@example.test")
    wait_for(lambda: post.state(first).error is not None, 20, "an error")
    with server_of(running) as server:
        running.do(server.stop)
        running.do(server.start, port)
        post.retry(first)
        post.becomes(first, "sent")
        assert [taken.recipient for taken in server.taken] == ["one@example.test"]
    page = running.do(post.shop.nouns.messages.list, post.shop.owner, MessageList(state="sent"))
    assert [view.id for view in page.messages] == [first]
