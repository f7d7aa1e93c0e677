"""Moving in: files are sent, choices made, the preview looked at, and moved; back keeps what was chosen, and a lost line loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.client import no_line
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customers import CustomersScreen
from appliance.gui.screens.moving import move_sender
from appliance.gui.screens.moving.move import CHOICES, DONE, FILES, PREVIEW, WORK, MoveScreen
from appliance.gui.screens.moving.move_watch import MoveWatch
from appliance.gui.theme import DARK, Theme
from appliance.wire.moving import (
    MoveApply,
    MoveChanged,
    MoveCustomer,
    MoveFile,
    MoveLink,
    MovePreview,
    MoveRefused,
    MoveState,
    MoveTotal,
    MoveUpload,
    MoveView,
    MoveWork,
)  # fmt: skip
from appliance.wire.problem import Problem
from tests.gui.fake_client import FakeClient
from tests.gui.prices import do, enabled

Shoot = Callable[[QWidget, str], None]
CUSTOMERS = [
    MoveCustomer("Harbour Phones Rotterdam", "17", "created", "5.00", "5.00", "0.00", "EUR", 2),
    MoveCustomer("Hill Phones", "18", "updated", "-1.50", "-1.50", "20.00", "EUR", 1),
]
TOTALS = [
    MoveTotal("customers", 2, 2, 0, True, "EUR", "3.50", "3.50", "0.00"),
    MoveTotal("endpoints", 4, 3, 1, True),
    MoveTotal("rates", 1204, 1204, 0, True),
    MoveTotal("calls", 200_000, 200_000, 0, True, "EUR", "8210.20", "8210.20", "0.00"),
]
REFUSED = [MoveRefused("endpoints", "8", "phones.csv", 3, "move.no_password", "The phone ed has neither a password nor a digest of one.")]
CHANGED = [
    MoveChanged("tariff:1:prices", "tariff", "1", "Basic", "prices", "12", "", False),
    MoveChanged("customer:18:email", "customer", "18", "Hill Phones", "email", "new@example.test", "old@example.test", False),
    MoveChanged("endpoint:5:password", "endpoint", "5", "6000001", "password", "", "", False),
    MoveChanged("customer:18:disabled", "customer", "18", "Hill Phones", "disabled", "1", "0", False),
]


def found(**other: Any) -> MoveView:
    view = MoveView(
        "astpp", "Harbour Telecom", "EUR", False, False, True, TOTALS, CUSTOMERS, REFUSED, 1, {"9": 12}, [], 43, CHANGED, len(CHANGED)
    )  # fmt: skip
    return msgspec.structs.replace(view, **other)


class Server:
    """What the server knows of moves, as the fake client asks it."""

    def __init__(self, server: FakeClient) -> None:
        self.files: dict[str, MoveFile] = {}
        self.work: MoveWork | None = None
        self.view: MoveView | Problem = found()
        server.answer("move.upload", self.upload)
        server.answer("move.state", lambda _request: MoveState(list(self.files.values()), self.work))
        server.answer("move.result", lambda _request: self.view)
        server.answer("move.preview", self.run)
        server.answer("move.apply", self.run)

    def upload(self, request: MoveUpload) -> Any:
        file = self.files.get(request.file) or MoveFile(f"f{len(self.files)}", request.name, 0)
        if file.bytes != request.offset:
            return Problem(status=409, code="move.upload_offset", detail="Elsewhere.", parameters={"bytes": str(file.bytes)})
        self.files[file.id] = file = MoveFile(file.id, file.name, file.bytes + len(request.content))
        return file

    def run(self, request: MovePreview) -> Any:
        """Ready at once."""
        what = "apply" if isinstance(request, MoveApply) else "preview"
        self.work = working(request, what, "ready")
        return self.view


def working(request: MovePreview, what: str, state: str, **other: Any) -> MoveWork:
    fields = {name: getattr(request, name) for name in MovePreview.__struct_fields__}
    told = {"phase": "writing", "done": 120, "total": 1204, **other}
    return MoveWork(what, state, started_at="2026-01-01T00:00:00Z", who="mira", asked=MoveApply(**fields), **told)


@pytest.fixture
def there(server: FakeClient, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(move_sender, "AGAIN_MS", 10)
    return Server(server)


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, there: Server) -> MoveScreen:
    made = MoveScreen(desk, Place("move"))
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def chosen(screen: MoveScreen, qtbot: QtBot, tmp_path: Path) -> MoveScreen:
    file = tmp_path / "astpp-2026-11-22.sql.gz"
    file.write_bytes(b"x" * 50_000)
    screen.files.read([str(file)])
    qtbot.waitUntil(lambda: screen.files.sending.ready)
    return screen


def previewed(screen: MoveScreen, qtbot: QtBot, tmp_path: Path) -> MoveScreen:
    chosen(screen, qtbot, tmp_path)
    screen.go_on()
    screen.go_on()
    qtbot.waitUntil(lambda: screen.at == PREVIEW)
    return screen


def test_files_are_sent_in_parts_and_a_lost_part_again(
    screen: MoveScreen, qtbot: QtBot, server: FakeClient, there: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shoot: Shoot
) -> None:
    monkeypatch.setattr(move_sender, "PART", 20_000)
    assert not screen.primary.isEnabled() and screen.left.text() == "Choose the files of the old system."
    shoot(screen, "move-files-empty")
    lost: list[int] = []

    def upload(request: MoveUpload) -> Any:
        answer = there.upload(request)
        if request.offset == 20_000 and len(lost) < 2:
            lost.append(request.offset)
            return no_line("gone") if isinstance(answer, MoveFile) else answer  # it came, and the answer was lost
        return answer

    server.answer("move.upload", upload)
    chosen(screen, qtbot, tmp_path)
    assert [each.offset for each in server.asked("move.upload")] == [0, 20_000, 20_000, 40_000]
    assert there.files["f0"].bytes == 50_000 and screen.primary.isEnabled() and screen.left.text() == ""
    screen.files.read([str(tmp_path / "none.sql")])
    (tmp_path / "empty.sql").write_bytes(b"")
    screen.files.read([str(tmp_path / "empty.sql")])
    assert [each.fault for each in screen.files.sending.files] == ["", "The file could not be read: No such file or directory", "The file is empty."]
    assert not screen.primary.isEnabled()
    screen.files.choose_source("csv")
    shoot(screen, "move-files")
    for _each in range(2):
        screen.files.sending.remove(1)
    assert screen.primary.isEnabled()
    screen.files.sending.remove(0)
    assert server.asked("move.discard")[-1].file == "f0"


def links_saved(screen: MoveScreen, tmp_path: Path) -> None:
    """The one-time links as a file, and why not where that cannot be."""
    file = tmp_path / "links.csv"
    screen.done.write_links(file)
    assert file.read_text(encoding="utf-8").splitlines()[1].startswith("harbour,Harbour Phones")
    screen.done.write_links(tmp_path / "none" / "links.csv")
    assert "could not be written" in screen.done.problem.text


def test_looked_at_chosen_and_moved(
    screen: MoveScreen, desk: Desk, qtbot: QtBot, server: FakeClient, there: Server, tmp_path: Path, shoot: Shoot
) -> None:
    chosen(screen, qtbot, tmp_path)
    do(screen, "move.go_on")
    assert screen.at == CHOICES
    screen.choices.form.fill({"trunk": "carrier", "agent": "9", "timezone": "Europe/Amsterdam"})
    shoot(screen, "move-choices")
    do(screen, "move.go_on")
    qtbot.waitUntil(lambda: screen.at == PREVIEW)
    asked = server.asked("move.preview")[-1]
    assert (asked.source, asked.uploads, asked.trunk, asked.agent, asked.timezone, asked.files) == (
        "astpp",
        ["f0"],
        "carrier",
        "9",
        "Europe/Amsterdam",
        [],
    )
    page = screen.preview
    assert [page.bar.tabText(at) for at in range(4)] == ["Customers (2)", "Refused (1)", "Changed here (4)", "Totals"]
    assert page.said.text() == (
        "1 customer comes in. 1 is brought up to date. Their balances come to "
        + words.money("3.50", "EUR")
        + ". The next invoice has number "
        + words.isolate("43")
        + "."
    )
    assert "12 customers belong to reseller 9 there." in page.apart.text()
    assert not screen.primary.isEnabled() and "Rows are refused" in screen.left.text()
    for at, name in enumerate(("customers", "refused", "changed", "totals")):
        page.bar.setCurrentIndex(at)
        shoot(screen, f"move-preview-{name}")
    page.leave_refused.setChecked(True)
    assert screen.primary.isEnabled()
    # what was changed here stays by default; one of them is taken from there: then it is looked at again
    page.differences.table.selectRow(1)
    do(screen, "move.take")
    assert page.take == {"customer:18:email"} and screen.primary.text() == "Show the &preview again"
    there.view = found(changed=[msgspec.structs.replace(each, taken=each.field == "email") for each in CHANGED])
    do(screen, "move.go_on")
    qtbot.waitUntil(lambda: screen.at == PREVIEW and screen.primary.text() == "&Move in")
    assert server.asked("move.preview")[-1].take == ["customer:18:email"] and page.take == {"customer:18:email"}
    # two steps back and forth again: nothing that was chosen is lost, and nothing needs to be looked at again
    screen.go_back()
    screen.go_back()
    assert screen.at == CHOICES or screen.at == FILES
    screen.show_step(PREVIEW)
    assert screen.primary.text() == "&Move in" and screen.choices.values()["agent"] == "9"  # type: ignore[index]
    there.view = found(applied=True, links=[MoveLink("harbour", "Harbour Phones Rotterdam", "https://my.example.test/new-password?code=abc")])
    do(screen, "move.go_on")
    qtbot.waitUntil(lambda: screen.at == DONE)
    asked = server.asked("move.apply")[-1]
    assert (asked.leave_refused, asked.cut_over, asked.take, asked.trunk) == (True, False, ["customer:18:email"], "carrier")
    assert screen.done.heading.text() == "Everything is moved in" and "4 changes that were made here stayed." in screen.done.said.text()
    shoot(screen, "move-done")
    links_saved(screen, tmp_path)
    screen.done.write()
    assert desk.places[-1].name == "letter"  # type: ignore[attr-defined]


def test_the_cut_over_is_asked_first(screen: MoveScreen, qtbot: QtBot, server: FakeClient, there: Server, tmp_path: Path, shoot: Shoot) -> None:
    there.view = found(refused=[], refused_count=0, changed=[], changed_count=0)
    previewed(screen, qtbot, tmp_path)
    screen.preview.cut_over.setChecked(True)
    do(screen, "move.go_on")
    asked = screen.findChild(QDialog, "confirm")
    assert asked is not None and server.asked("move.apply") == []
    shoot(asked, "move-cut-over")
    there.view = found(applied=True, cut_over=True)
    verb = asked.findChild(QPushButton, "do")
    assert verb is not None
    verb.click()
    qtbot.waitUntil(lambda: screen.at == DONE)
    assert server.asked("move.apply")[-1].cut_over and screen.done.heading.text() == "The cut-over is done"
    screen.begin_anew()
    assert screen.at == FILES and not screen.files.sending.files


def test_what_the_server_refuses_is_said_at_the_field_that_mends_it(screen: MoveScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path) -> None:
    problem = Problem(status=400, code="move.currency_unknown", detail="The file does not say the currency of its balances.", field="currency")
    server.answer("move.preview", problem)
    chosen(screen, qtbot, tmp_path)
    screen.go_on()
    screen.go_on()
    field = screen.choices.form._fields["currency"]
    qtbot.waitUntil(lambda: screen.at == CHOICES and field.fault.text() != "")
    assert screen.primary.isEnabled()
    server.answer("move.preview", Problem(status=400, code="move.nothing_found", detail="There is no customer of astpp in the files.", field="files"))
    screen.go_on()
    qtbot.waitUntil(lambda: "no customer of astpp" in screen.choices.form.problem.text)


def test_a_lost_line_and_a_closed_window_lose_nothing(
    screen: MoveScreen, desk: Desk, qtbot: QtBot, server: FakeClient, there: Server, tmp_path: Path, shoot: Shoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, _undo: told.append(text))
    watch = MoveWatch.of(desk)
    watch._timer.setInterval(20)
    server.answer("move.preview", no_line("timed out"))  # longer than any line is whole
    chosen(screen, qtbot, tmp_path)
    screen.go_on()
    request = screen._request()
    assert request is not None
    there.work = working(request, "preview", "running")
    screen.go_on()
    qtbot.waitUntil(lambda: "120 of 1,204" in screen.work.said.text())
    assert screen.at == WORK and "move.stop" in enabled(screen)
    shoot(screen, "move-work")
    do(screen, "move.stop")
    assert server.asked("move.stop")
    screen.hide()  # somewhere else in the console
    there.work = working(request, "preview", "ready")
    qtbot.waitUntil(lambda: told == ["The preview of the move is ready"])
    later = MoveScreen(desk, Place("move"))  # another console, or the same tomorrow
    qtbot.addWidget(later)
    later.show()
    qtbot.waitUntil(lambda: later.at == PREVIEW)
    assert later.files.sending.ids == ["f0"] and later.preview.view is not None
    there.work = working(request, "apply", "failed", reason="It was stopped.", code="move.stopped")
    watch.running = True
    watch.look()
    qtbot.waitUntil(lambda: "It was stopped." in later.preview.problem.text)


def test_dark_arabic_and_narrow(screen: MoveScreen, qtbot: QtBot, tmp_path: Path, theme: Theme, shoot: Shoot) -> None:
    previewed(screen, qtbot, tmp_path)
    theme.choose(DARK)
    shoot(screen, "move-preview-dark")
    screen.resize(700, 520)
    shoot(screen, "move-preview-narrow")
    assert screen.primary.visibleRegion().boundingRect().width() > 0


def test_arabic(qtbot: QtBot, desk: Desk, there: Server, tmp_path: Path, shoot: Shoot, qapp: QApplication) -> None:
    words.use("ar")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    made = MoveScreen(desk, Place("move"))
    qtbot.addWidget(made)
    made.resize(1000, 680)
    made.show()
    previewed(made, qtbot, tmp_path)
    shoot(made, "move-preview-ar")
    made.show_step(FILES)
    shoot(made, "move-files-ar")
    assert made.back.isHidden()


def test_the_way_there_is_among_the_customers_actions(qtbot: QtBot, desk: Desk) -> None:
    made = CustomersScreen(desk, Place("customers"))
    qtbot.addWidget(made)
    do(made, "customers.move_in")
    assert desk.places[-1].name == "move"  # type: ignore[attr-defined]
