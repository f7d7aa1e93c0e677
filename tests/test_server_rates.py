"""Reference rates are fetched where the owner wants it, and a fetch that fails changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.defer import execute

from appliance.server_rates import EVERY_SECONDS, RateFetch, fetched
from tests.services.shop import Shop

FILE = b"Date, USD, \n02 January 2026, 1.1252, \n"


def fetching(shop: Shop, asked: list[str], content: bytes = FILE) -> RateFetch:
    def fetch(url: str) -> bytes:
        asked.append(url)
        return content

    return RateFetch(shop.services, execute, execute, fetch)


def test_nothing_is_fetched_until_somebody_turns_it_on(tmp_path: Path) -> None:
    shop, asked = Shop(tmp_path / "data"), list[str]()
    shop.reseller()
    fetching(shop, asked).follow(0.0)
    shop.services.jobs.run(EVERY_SECONDS)
    assert asked == []
    shop.store.close()


def test_rates_come_with_the_job_and_another_file_changes_nothing(tmp_path: Path) -> None:
    shop, asked = Shop(tmp_path / "data", {"exchange_rates.fetch": True, "exchange_rates.source": "https://bank.example/daily"}), list[str]()
    shop.reseller()
    fetching(shop, asked).follow(0.0)
    shop.services.jobs.run(EVERY_SECONDS)
    fetching(shop, asked, b"<html>gone</html>").due()
    assert asked == ["https://bank.example/daily"] * 2
    assert [(row.quote, row.rate, row.source) for row in shop.store.exchange_rates.list()] == [("USD", "1.1252", "ECB")]
    shop.store.close()


def test_only_https_is_fetched() -> None:
    with pytest.raises(OSError, match="https"):
        fetched("file:///etc/hosts")
