"""A house with two sub-resellers, people who work for each, and calls that were really made: what the reseller pages show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port
from tests.helpers.shop import customer, rate, shop
from tests.web.browser import Browser

PASSWORD = "a long password"
ANNA, HOSTILE, OTHERS = "2000001", "2000002", "3000001"
CALLS = (("442079460001", 1200), ("31201234567", 300))
"""(dialled, talk in ms)."""
HOSTILE_NAME = '<script>alert(1)</script>"><b>x'


def description(trunk_port: int) -> dict[str, Any]:
    """Root sells to Sub at cost plus a half; Sub to its customers at that plus a fifth. Other is none of Sub's business."""
    rates = [
        rate("44", "United Kingdom", "0.0100", connection_fee="0.0010"),
        rate("31", "Netherlands", "0.0400", first_increment=60, next_increment=60),
    ]
    told = shop(trunk_port, rates=rates, customers=[])
    told["resellers"][0]["operators"] = [{"login": "owner", "password": PASSWORD, "role": "owner"}]
    told["tariffs"].append({"reseller": "root", "name": "for resellers", "base": "cost", "markup_percent": "50"})
    for number, (name, host) in enumerate((("Sub", "my.sub.test"), ("Other", "my.other.test")), 2):
        people = [
            {"login": f"{name.lower()} {role}", "password": PASSWORD, "role": role}
            for role in ("owner", "manager", "accountant", "read-only", "clerk")
        ]
        told["resellers"].append(
            {
                "name": name,
                "parent": "root",
                "currency": "EUR",
                "sip_domain": f"sip.{host[3:]}",
                "web_hosts": [host],
                "number_range": f"{number}000000-{number}999999",
                "retail_markup_percent": "20",
                "timezone": "Europe/Amsterdam",
                "tariff": "for resellers",
                "credit_limit": "100",
                "opening_balance": "50.00",
                "may_have_resellers": name == "Sub",
                "operators": people,
            }
        )
        told["tariffs"].append({"reseller": name, "name": "retail", "base": "for resellers", "markup_percent": "20"})
    anna = customer("Anna", ANNA, balance="10.00", email="anna@example.test", web_logins=[{"login": ANNA, "password": "anna-password"}])
    hostile = customer(HOSTILE_NAME, HOSTILE, balance="-1.00", account="h", limit="5", company='"><img src=x onerror=alert(1)>')
    stranger = customer("Stranger", OTHERS, balance="3.00")
    for each, name in ((anna, "Sub"), (hostile, "Sub"), (stranger, "Other")):
        each["reseller"] = name
    told["customers"] = [anna, hostile, stranger]
    told["trunks"][0]["numbers"] = [
        {"did": "31880000001", "sold": [{"reseller": "Sub", "monthly_fee": "2.00", "price_per_minute": "0.01"}]},
        {"did": "31880000002", "endpoint": OTHERS, "sold": [{"reseller": "Other"}]},
    ]
    return told


@contextmanager
def house(folder: Path) -> Iterator[Appliance]:
    """The server, after Anna's calls went through a carrier."""
    made, port = Appliance(folder), sip_port()
    made.apply(description(port))
    made.serve()
    running: list[sipp.Sipp] = []

    def start(name: str, scenario: str, **options: Any) -> sipp.Sipp:
        running.append(sipp.Sipp(folder / "peers" / name, scenario, name, **options))
        return running[-1].start()

    try:
        remote = f"127.0.0.1:{made.sip_port}"
        carrier = start("carrier", sipp.callee(), calls=len(CALLS), port=port)
        for at, (dialled, talk_ms) in enumerate(CALLS):
            start(f"anna{at}", sipp.caller(), remote=remote, users=[(ANNA, f"secret-{ANNA}", dialled)], pause_ms=talk_ms).succeed()
        carrier.succeed()
        yield made
    finally:
        for each in running:
            each.stop()
        made.stop()


class Desk(Browser):
    """A browser at the pages of Sub."""

    def __init__(self, url: str, host: str = "my.sub.test") -> None:
        super().__init__(url, host)

    def come(self, login: str = "sub owner", password: str = PASSWORD) -> Desk:
        """By the form."""
        self.get("/reseller/sign-in")
        self.post("/reseller/sign-in", {"login": login, "password": password})
        return self
