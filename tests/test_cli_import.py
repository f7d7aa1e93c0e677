"""`tollhouse import` as a shell calls it, with and without a running server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.appliance import Appliance

SHOP = {
    "tollhouse": 1,
    "resellers": [
        {"name": "root", "currency": "EUR", "sip_domain": "sip.example.test", "number_range": "1000000-1999999", "timezone": "Europe/Amsterdam"}
    ],
}
DECK = """Price list of May;;;
Vorwahl;Ziel;Preis;Takt
31;Niederlande;0,01;60/60
4477-4479, 44781;UK Mobile;0,05;1/1
3,87E+11;Bosnien;0,2;1/1
32;Belgien;0,12345678;1/1
"""


@pytest.fixture
def appliance(tmp_path: Path) -> Appliance:
    one = Appliance(tmp_path)
    (tmp_path / "shop.json").write_text(json.dumps(SHOP))
    (tmp_path / "deck.csv").write_text(DECK, encoding="cp1252")
    one.run("apply", str(tmp_path / "shop.json"), "--data", str(one.data))
    return one


def imported(appliance: Appliance, *arguments: str, file: str | None = None, stdin: str | None = None) -> dict[str, Any]:
    deck = file or str(appliance.folder / "deck.csv")
    done = appliance.run("import", deck, "--tariff", "cost", *arguments, "--data", str(appliance.data), "--format", "json", stdin=stdin)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def price(appliance: Appliance, number: str) -> str:
    done = appliance.run("rate", number, "--seconds", "1", "--tariff", "cost", "--data", str(appliance.data), "--format", "json", code=None)
    found = json.loads(done.stdout)
    return str(found.get("amount", found.get("error")))


def test_look_then_write_then_undo(appliance: Appliance) -> None:
    seen = imported(appliance, "--preview")
    assert (seen["rows"], seen["rates"], seen["added"], seen["changed"], seen["removed"], seen["unchanged"]) == (4, 6, 6, 0, 0, 0)
    assert [(problem["line"], problem["refused"]) for problem in seen["problems"]] == [(5, True), (6, False)]
    assert all(problem["reason"].endswith(".") for problem in seen["problems"])
    assert (seen["guessed"]["delimiter"], seen["guessed"]["decimal"], seen["guessed"]["header_row"]) == (";", ",", 2)
    assert appliance.run("rate", "31", "--seconds", "1", "--tariff", "cost", "--data", str(appliance.data), code=1)
    done = imported(appliance, "--yes")
    assert done["applied"]
    assert [price(appliance, number) for number in ("31201234567", "447812345", "44201")] == ["0.01", "0.0008", "no_rate"]
    assert imported(appliance, "--yes", file="-", stdin=DECK)["unchanged"] == 6
    appliance.run("do", "rates.undo_import", "-", "--data", str(appliance.data), stdin=json.dumps({"tariff": "cost"}))
    appliance.run("do", "rates.undo_import", "-", "--data", str(appliance.data), stdin=json.dumps({"tariff": "cost"}), code=None)
    assert price(appliance, "31201234567") == "no_rate"


def test_every_answer_can_be_given(appliance: Appliance) -> None:
    said = "--header-row 2 --columns prefix=Vorwahl,destination=2,price=3 --delimiter ; --encoding cp1252 --decimal ,"
    said += " --dates day-first --price-unit minute"
    more = "--increments 30/6 --increments-for niederlande=60/1 --increment-style total --duplicates last --rise-percent 5 --keep --profile weekly"
    seen = imported(appliance, *said.split(), *more.split(), "--yes")
    assert seen["guessed"]["columns"] == {"prefix": [1], "destination": [2], "price": [3]}
    assert price(appliance, "447812345") == "0.025"
    assert imported(appliance, "--profile", "weekly", "--preview")["unchanged"] == 6
    for wrong in (["--columns", "prefix"], ["--columns", "colour=1"], ["--increments-for", "UK"], ["--sheet", "2", "--header-row", "99"]):
        done = appliance.run(
            "import", str(appliance.folder / "deck.csv"), "--tariff", "cost", *wrong, "--preview", "--data", str(appliance.data), code=1
        )
        assert done.stderr.startswith("tollhouse: ")
        assert "Traceback" not in done.stderr


def test_a_table_for_people(appliance: Appliance) -> None:
    deck = str(appliance.folder / "deck.csv")
    done = appliance.run("import", deck, "--tariff", "cost", "--preview", "--data", str(appliance.data), "--format", "table")
    assert "line 5: " in done.stderr
    assert done.stdout.splitlines()[0].split()[:2] == ["tariff", "reseller"]
    appliance.run("import", str(appliance.folder / "none.csv"), "--tariff", "cost", "--preview", "--data", str(appliance.data), code=1)
    appliance.run("import", deck, "--tariff", "cost", "--data", str(appliance.data), code=2)


def test_through_a_running_server(appliance: Appliance) -> None:
    appliance.serve()
    try:
        seen = imported(appliance, "--preview")
        done = imported(appliance, "--yes")
        assert (seen["added"], done["added"], done["applied"]) == (6, 6, True)
        assert price(appliance, "447812345") == "0.0008"
        asked = json.dumps({"tariff": "cost", "search": "uk"})
        grid = json.loads(appliance.run("do", "rates.grid", "-", "--data", str(appliance.data), stdin=asked).stdout)
        assert [row["prefix"] for row in grid["rates"]] == ["4477", "4478", "44781", "4479"]
        appliance.run("do", "rates.undo_import", "-", "--data", str(appliance.data), stdin=json.dumps({"tariff": "cost"}))
        assert price(appliance, "447812345") == "no_rate"
    finally:
        appliance.stop()
