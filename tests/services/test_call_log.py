"""The line that a call leaves in the log: with its own moment, written with others, and never for a call that was lost."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from appliance.errors import UserError
from appliance.services.calls.call_log import MOST_KEPT
from appliance.services.calls.call_record import Accepted
from tests.services.shop import Shop, Simple


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "tollhouse.calls"]


def whole_call(shop: Shop, simple: Simple) -> None:
    call = shop.begin(simple.alice, "442079460001")
    shop.answer(call, simple.trunk)
    shop.run(10)
    shop.end(call)


def test_lines_are_written_together_with_the_moment_of_each(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tollhouse.calls")
    shop = Shop(tmp_path)
    shop.start()
    simple = Simple(shop)
    moments = []
    for _ in range(3):
        whole_call(shop, simple)
        moments.append(shop.clock.utcnow() / 1000)
        shop.clock.advance(0.1)
    assert lines(caplog) == []
    shop.clock.advance(1.0)
    shop.services.jobs.run(shop.clock.monotonic())
    written = lines(caplog)
    assert [record.created for record in written] == moments
    assert all("dialled=4420… trunk=carrier seconds=10 result=200" in record.getMessage() for record in written)
    whole_call(shop, simple)
    shop.services.end_run()
    assert len(lines(caplog)) == 4, "an orderly end writes what is left"


def test_never_many_are_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tollhouse.calls")
    shop = Shop(tmp_path)
    shop.start()
    simple = Simple(shop)
    for _ in range(MOST_KEPT):
        shop.attempt(simple.alice, "999")
    assert len(lines(caplog)) == MOST_KEPT


def test_a_command_writes_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tollhouse.calls")
    shop = Shop(tmp_path)
    simple = Simple(shop)
    shop.attempt(simple.alice, "999")
    assert len(lines(caplog)) == 1


def test_a_refusal_in_the_same_unit_takes_no_other_calls_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tollhouse.calls")
    shop = Shop(tmp_path)
    simple = Simple(shop)
    assert not isinstance(shop.attempt_uncommitted(simple.alice, "999"), Accepted)
    with pytest.raises(UserError), shop.services.changes.part():
        shop.attempt_uncommitted(simple.alice, "999")
        raise UserError("account.unknown")
    shop.commit()
    assert len(lines(caplog)) == 1 and sum(shop.calls.settlement.log.results.values()) == 1
