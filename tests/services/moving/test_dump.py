"""The reader of dumps: whatever a database writes comes back, and nothing breaks it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import EnvironmentFault
from appliance.services.moving import dump
from appliance.services.moving.dump import Broken, Row, rows
from tests.services.moving.dumps import Cell, mysql, postgres, written

CELLS = st.one_of(st.none(), st.integers(-(10**12), 10**12), st.text(max_size=12))
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def said(table: str, found: list[Row | Broken]) -> list[list[str | None]]:
    assert all(isinstance(row, Row) and row.table == table for row in found), found
    return [list(row.values.values()) for row in found if isinstance(row, Row)]


@QUICK
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=7), st.integers(1, 4), st.integers(5, 300))
def test_any_values_come_back_from_mysql(tmp_path: Path, values: list[tuple[Cell, Cell]], each: int, block: int) -> None:
    tables: dict[str, list[dict[str, Cell]]] = {"other": [{"x": "a');--"}], "t": [{"a": a, "b_b": b} for a, b in values], "last": [{"y": 1}]}
    file = written(tmp_path, "d.sql", mysql(tables, each))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dump, "BLOCK", block)
        found = list(rows(file, {"t"}))
    assert said("t", found) == [[None if cell is None else str(cell) for cell in pair] for pair in values]


@QUICK
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=7), st.integers(5, 300))
def test_any_values_come_back_from_postgres(tmp_path: Path, values: list[tuple[Cell, Cell]], block: int) -> None:
    clean = [tuple(None if isinstance(cell, str) and "\0" in cell else cell for cell in pair) for pair in values]
    file = written(tmp_path, "d.sql", postgres({"t": [{"a": a, "b": b} for a, b in clean], "u": [{"c": 1}]}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dump, "BLOCK", block)
        found = list(rows(file, {"t"}))
    assert said("t", found) == [[None if cell is None else str(cell) for cell in pair] for pair in clean]


@QUICK
@given(st.binary(max_size=400))
def test_no_bytes_break_it(tmp_path: Path, data: bytes) -> None:
    place = tmp_path / "d.sql"
    place.write_bytes(b"CREATE TABLE `t` (\n `a` int,\n `b` int\n);\nINSERT INTO `t` VALUES " + data)
    for row in rows(str(place), {"t"}):
        assert isinstance(row, Row | Broken)


def test_ways_of_writing_an_insert(tmp_path: Path) -> None:
    text = (
        "insert ignore into `shop`.`t` (`a`, b)\nVALUES\n (1, 'it''s'),\n (0x4142, _binary 'x\\\\y' ) ;\n"
        "REPLACE INTO t (a) VALUES (NULL),(  -1.5e3 ),(true);\n# a comment\nINSERT INTO t (a,b) VALUES (1,'é')"
        " ON DUPLICATE KEY UPDATE a=1;"
    )
    found = list(rows(written(tmp_path, "d.sql", text), {"t"}))
    assert [row.values for row in found if isinstance(row, Row)] == [
        {"a": "1", "b": "it's"}, {"a": "AB", "b": "x\\y"}, {"a": None}, {"a": "-1.5e3"}, {"a": "1"}, {"a": "1", "b": "é"},
    ]  # fmt: skip
    assert [row.line for row in found] == [3, 4, 5, 5, 5, 7]


def test_standard_sql_keeps_backslashes(tmp_path: Path) -> None:
    text = "-- PostgreSQL database dump\nINSERT INTO public.t (a) VALUES ('C:\\'), ('b''c');\n"
    assert [row.values["a"] for row in rows(written(tmp_path, "d.sql", text), {"t"}) if isinstance(row, Row)] == ["C:\\", "b'c"]


def test_what_is_broken_has_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    text = (
        "INSERT INTO t VALUES (1);\nINSERT INTO t (a,b) VALUES (1,2),(3),(4,5);\nINSERT INTO t (a,b) VALUES (6,7),(now(),1);\n"
        "INSERT INTO t (a,b) VALUES (8,9);\nINSERT INTO t (a,b) VALUES (10,'cut"
    )
    found = list(rows(written(tmp_path, "d.sql", text), {"t"}))
    assert [row.values["a"] for row in found if isinstance(row, Row)] == ["1", "4", "6", "8"]
    broken = [(row.line, row.code) for row in found if isinstance(row, Broken)]
    assert broken == [(1, "move.dump_columns"), (2, "move.dump_cells"), (3, "move.dump_row"), (5, "move.dump_row")]


def test_packed_files_and_latin_1(tmp_path: Path) -> None:
    place = tmp_path / "d.sql.gz"
    place.write_bytes(gzip.compress(b"INSERT INTO t (a) VALUES ('caf\xe9'),('caf\xc3\xa9');\n"))
    assert [row.values["a"] for row in rows(str(place), {"t"}) if isinstance(row, Row)] == ["café", "café"]
    place.write_bytes(gzip.compress(b"INSERT INTO t (a) VALUES ('x');\n")[:-10])
    with pytest.raises(EnvironmentFault, match=r"file\.unreadable"):
        list(rows(str(place), {"t"}))
    with pytest.raises(EnvironmentFault, match=r"file\.unreadable"):
        list(rows(str(tmp_path / "none.sql"), {"t"}))
