"""The log: one line an event, nothing secret and no dialled number in it, rotation, and "Traceback" for bugs alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import logs

log = logging.getLogger("tollhouse.test")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers.clear()
    logs.set_up(tmp_path / "logs", file_megabytes=1, files=2)
    yield tmp_path / "logs" / "tollhouse.log"
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)


def test_an_event_is_one_line(file: Path) -> None:
    logs.event(log, "call", id=7, customer='Al "the" Shop\nowner', dialled="31201234567", seconds=61, trunk=None)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("info tollhouse.test call id=7 customer=\"Al 'the' Shop owner\" dialled=3120… seconds=61")


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ('Authorization: Digest username="100", response="abcdef"', "abcdef", "Authorization"),
        ("password=hunter2 refused", "hunter2", "refused"),
        ('{"password": "hunter2", "login": "owner"}', "hunter2", "owner"),
        ("token: 5f5f5f", "5f5f5f", "token"),
        ("INVITE sip:+31612345678@host", "612345678", "+3161"),
        ("called 0031201234567 twice", "1234567", "0031"),
        ("at 127.0.0.1:5060 after 12345 ms", "nothing", "127.0.0.1:5060 after 12345 ms"),
    ],
)
def test_secrets_and_numbers_are_cut(text: str, gone: str, kept: str) -> None:
    said = logs.redact(text)
    assert gone not in said
    assert kept in said


@given(st.text(alphabet="0123456789", min_size=8, max_size=18), st.sampled_from(["to {} now", "sip:{}@x", "tel:{}", "dialled {}"]))
def test_no_number_is_ever_whole(number: str, text: str) -> None:
    assert number not in logs.redact(text.format(number))


def test_a_bug_is_a_traceback_and_nothing_else_is(file: Path) -> None:
    log.warning("a phone said Trace back")
    assert "Traceback" not in file.read_text(encoding="utf-8")
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        log.exception("it broke")
    text = file.read_text(encoding="utf-8")
    assert text.count("Traceback") == 1
    assert "hunter2" not in text


def test_the_file_rotates_and_old_ones_go(file: Path) -> None:
    for number in range(9000):
        log.info("%d %s", number, "x" * 400)
    assert sorted(each.name for each in file.parent.iterdir()) == ["tollhouse.log", "tollhouse.log.1", "tollhouse.log.2"]
    assert file.stat().st_size <= 1_000_000
