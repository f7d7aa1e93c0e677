"""Files that are sent, and one preview or move at a time that goes on and can be stopped, whoever asked for it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import Conflict, EnvironmentFault, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.stepwise import finish
from appliance.services.moving import uploads
from appliance.wire.moving import MoveApply, MoveDiscard, MoveFile, MovePreview, MoveUpload
from tests.services.moving.conftest import MovingShop
from tests.services.moving.dumps import CSV, written

ROOT = Actor("mira", 1, (Grant("owner", reseller_id=1),))
CLERK = Actor("tom", 2, (Grant("clerk", reseller_id=1),))
PEOPLE = "customer,name,balance\n" + "".join(f"{number},Person {number},1.00\n" for number in range(200))


def send(shop: MovingShop, name: str, text: str, actor: Actor = ROOT, part: int = 40) -> MoveFile:
    """A file in parts, as a console sends it."""
    content, file = text.encode(), MoveFile("", name, 0)
    while file.bytes < len(content):
        asked = MoveUpload(name=name, file=file.id, offset=file.bytes, content=content[file.bytes : file.bytes + part])
        file = finish(shop.nouns.moves.desk.upload(actor, asked))
    return file


def test_sent_files_are_moved_and_then_gone(shop: MovingShop) -> None:
    desk, folder = shop.nouns.moves.desk, shop.store.folder / uploads.FOLDER
    folder.mkdir()
    (folder / "left-over").write_text("of an earlier run")
    ids = [send(shop, name, text).id for name, text in CSV.items()]
    assert [each.name for each in desk.state(ROOT).files] == list(CSV) and not (folder / "left-over").exists()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    asked: dict[str, Any] = {"source": "csv", "uploads": ids, "trunk": "carrier"}
    seen = finish(shop.nouns.moves.preview(ROOT, MovePreview(**asked)))
    assert ("phones.csv", 3) in {(row.file, row.line) for row in seen.refused} and desk.result(ROOT) == seen
    done = finish(shop.nouns.moves.apply(ROOT, MoveApply(**asked, leave_refused=True)))
    assert done.agree and {each.customer for each in done.customers} == {"Dörte & Co", "Ed"}
    assert list(folder.iterdir()) == [] and desk.state(ROOT).files == []
    work = desk.state(ROOT).work
    assert work is not None and (work.what, work.state, work.asked.uploads) == ("apply", "ready", ids)
    finish(desk.discard(ROOT, MoveDiscard()))
    assert desk.state(ROOT).work is None
    with pytest.raises(NotFound, match=r"move\.no_result"):
        desk.result(ROOT)


def test_parts_follow_each_other_and_belong_to_who_sent_them(shop: MovingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = shop.nouns.moves.desk
    file = send(shop, "../../etc/people.csv", "customer,balance\n")
    assert file.name == "people.csv"
    for wrong in (MoveUpload(file=file.id, offset=3, content=b"x"), MoveUpload(name="n", offset=1, content=b"x")):
        with pytest.raises(Conflict, match=r"move\.upload_offset"):
            finish(desk.upload(ROOT, wrong))
    other = Actor("eve", 3, (Grant("owner", reseller_id=1),))
    with pytest.raises(NotFound, match=r"move\.no_upload"):
        finish(desk.upload(other, MoveUpload(file=file.id, offset=file.bytes, content=b"x")))
    with pytest.raises(NotFound, match=r"move\.no_upload"):
        finish(shop.nouns.moves.preview(other, MovePreview(source="csv", uploads=[file.id])))
    for ask in (lambda: finish(desk.upload(CLERK, MoveUpload(name="n", content=b"x"))), lambda: desk.state(CLERK), lambda: desk.stop(CLERK)):
        with pytest.raises(Forbidden):
            ask()
    monkeypatch.setattr(uploads, "MOST_BYTES", 30)
    with pytest.raises(UserError, match=r"move\.upload_too_large"):
        send(shop, "great.csv", "x" * 40)
    shop.clock.advance(90_000)
    shop.nouns.moves.forget_files()
    assert desk.state(ROOT).files == []


def test_a_full_disk_is_told_and_the_part_is_sent_again(shop: MovingShop) -> None:
    desk = shop.nouns.moves.desk
    file = send(shop, "people.csv", "customer,")
    kept = desk.uploads._kept[file.id]
    kept.path.unlink()
    kept.path.mkdir()
    with pytest.raises(EnvironmentFault, match=r"move\.not_kept"):
        finish(desk.upload(ROOT, MoveUpload(file=file.id, offset=file.bytes, content=b"balance\n")))
    kept.path.rmdir()
    kept.path.write_bytes(b"customer,")
    finish(desk.upload(ROOT, MoveUpload(file=file.id, offset=file.bytes, content=b"balance\n")))
    assert kept.path.read_bytes() == b"customer,balance\n"


def test_one_at_a_time_and_stopped_in_the_middle(shop: MovingShop, tmp_path: Path) -> None:
    """What was moved by then stays, and the next time does the rest."""
    desk = shop.nouns.moves.desk
    asked: dict[str, Any] = {"source": "csv", "files": [written(tmp_path, "people.csv", PEOPLE)], "tariff": "retail"}
    steps = shop.nouns.moves.apply(shop.owner, MoveApply(**asked))
    said = _until(steps, lambda: _phase(shop) == "writing" and len(list(shop.store.customers.list())) > 5)
    work = desk.state(ROOT).work
    assert work is not None and (work.state, work.total, work.who) == ("running", 200, shop.owner.name) and 0 < work.done < 200
    with pytest.raises(Conflict, match=r"move\.under_way"):
        finish(shop.nouns.moves.preview(shop.owner, MovePreview(**asked)))
    with pytest.raises(Conflict, match=r"move\.under_way"):
        finish(desk.discard(ROOT, MoveDiscard()))
    desk.stop(ROOT)
    with pytest.raises(UserError, match=r"move\.stopped"):
        _until(steps, lambda: False, said)
    work = desk.state(ROOT).work
    assert work is not None and (work.state, work.code) == ("stopped", "move.stopped")
    some = len(list(shop.store.customers.list()))
    assert 5 < some < 200
    done = finish(shop.nouns.moves.apply(shop.owner, MoveApply(**asked)))
    assert done.agree and [each.what for each in done.customers].count("updated") == some and len(done.customers) == 200
    assert shop.verified()


def test_what_fails_in_a_thread_ends_it(shop: MovingShop, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"file\.unreadable"):
        finish(shop.nouns.moves.preview(shop.owner, MovePreview(source="csv", files=[str(tmp_path / "none")])))
    work = shop.nouns.moves.desk.state(ROOT).work
    assert work is not None and (work.state, work.code, "none" in work.reason) == ("failed", "file.unreadable", True)
    asked = MovePreview(source="csv", files=[written(tmp_path, "people.csv", PEOPLE)], tariff="retail")
    assert finish(shop.nouns.moves.preview(shop.owner, asked)).agree


def _phase(shop: MovingShop) -> str:
    work = shop.nouns.moves.desk.state(ROOT).work
    return "" if work is None else work.phase


def _until(steps: Any, so_far: Callable[[], bool], result: object = None) -> object:
    """Steps until something is so; what the next step is to be told."""
    while not so_far():
        work = steps.send(result)
        result = None if work is None else work()
    return result
