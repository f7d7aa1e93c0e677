"""A second copy asked for from the console: the place is tried, the phrase told once, the setting written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SteppedClock
from appliance.errors import Forbidden, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.ground.stepwise import finish
from appliance.services.services import Services
from appliance.store.copy_cipher import CopyKey, plain_phrase
from appliance.store.store import Store
from appliance.wire.backups import CopyRequest, CopyStarted


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    clock = SteppedClock()
    with Store(tmp_path / "data", clock) as store:
        yield Services(store, clock, Settings(), lambda size: b"x" * size)


def start(services: Services, folder: Path | str, actor: Actor | None = None) -> CopyStarted:
    return finish(services.nouns.backups.start_copy(actor or folder_owner(), CopyRequest(str(folder))))


def test_the_phrase_is_told_once_and_opens_the_key(services: Services, tmp_path: Path) -> None:
    place = tmp_path / "nas"
    place.mkdir()
    made = start(services, place)
    assert len(plain_phrase(made.phrase)) == 25 and made.folder == str(place)
    key = CopyKey.load(tmp_path / "data")
    assert key is not None and CopyKey.of(made.phrase, key.salt) == key
    assert services.settings.get("backup.copy_to", "") == str(place)
    other = tmp_path / "other disk"
    other.mkdir()
    assert start(services, other) == CopyStarted(str(other), "") and CopyKey.load(tmp_path / "data") == key


@pytest.mark.parametrize(
    ("folder", "code"),
    [("missing", "copy.folder_missing"), ("file", "copy.folder_missing"), ("data/inside", "copy.folder_inside"), ("data", "copy.folder_inside")],
)
def test_a_place_that_cannot_hold_it_is_refused_before_anything_is_written(services: Services, tmp_path: Path, folder: str, code: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "data" / "inside").mkdir()
    with pytest.raises(UserError) as refused:
        start(services, tmp_path / folder)
    assert (refused.value.code, refused.value.field) == (code, "folder")
    assert CopyKey.load(tmp_path / "data") is None and services.settings.get("backup.copy_to", "") == ""


def test_a_path_must_be_whole(services: Services) -> None:
    with pytest.raises(UserError, match=r"copy\.folder_missing"):
        start(services, "nas")


def test_it_is_the_owners(services: Services, tmp_path: Path) -> None:
    with pytest.raises((Forbidden, UserError)):
        start(services, tmp_path, Actor("manager", 2, (Grant("manager", reseller_id=1),)))
