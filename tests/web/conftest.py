"""A running server with two customers of two resellers, their web logins, and calls to look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.appliance import Appliance
from tests.helpers.shop import customer, rate, shop
from tests.web.browser import Browser
from tests.web.reseller_shop import house


def description() -> dict[str, Any]:
    alice = customer("Alice", "1000001", balance="10.00", web_logins=[{"login": "alice", "password": "alice-password"}], email="alice@example.test")
    mallory = customer(
        "<script>alert(1)</script>", "1000002", balance="3.00", account="m", web_logins=[{"login": "mallory", "password": "mallory-pass"}]
    )
    mallory["first_name"] = "<b>M</b>"
    return shop(5999, rates=[rate("31", "Netherlands", "0.0400"), rate("233", "Ghana", "0.2000")], customers=[alice, mallory])


def started(folder: Path) -> Iterator[Appliance]:
    made = Appliance(folder)
    made.apply(description())
    made.serve()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    yield from started(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A server of a module's own: whoever guesses much is slowed down, and must not slow down the others."""
    yield from started(tmp_path_factory.mktemp("apart"))


@pytest.fixture
def browser(served: Appliance) -> Browser:
    return Browser(served.ready["web"])


@pytest.fixture
def alice(browser: Browser) -> Browser:
    got = browser.sign_in("alice", "alice-password")
    assert got.status == 200 and "Overview" in got.text, got.plain
    return browser


@pytest.fixture(scope="session")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A house with sub-resellers, for their pages."""
    with house(tmp_path_factory.mktemp("resellers")) as made:
        yield made
