"""Plain `tollhouse`: the local server is found or started, and the console is opened on it."""

from __future__ import annotations

import argparse
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import desktop, paths
from appliance.control_client import control_of
from appliance.errors import EnvironmentFault
from tests.helpers.appliance import Appliance, sip_port, wait_for


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, Path | None, str]]:
    """What the console was asked to open."""
    from appliance.gui import app

    calls: list[tuple[str | None, Path | None, str]] = []

    def run(url: str | None, folder: Path | None, setup_code: str = "") -> int:
        calls.append((url, folder, setup_code))
        return 0

    monkeypatch.setattr(app, "run", run)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return calls


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose listeners are free ports; a server that was started on it is ended by its process id."""
    data = tmp_path / "data"
    data.mkdir()
    port = sip_port()
    (data / "tollhouse.toml").write_text(f'[sip]\nlisten = ["udp:127.0.0.1:{port}"]\n[web]\nlisten = "127.0.0.1:0"\n')
    yield data
    control = data / "control.json"
    if control.exists():
        os.kill(json.loads(control.read_text())["pid"], signal.SIGTERM)
        wait_for(lambda: not control.exists(), 15, "the server's end")


def test_a_server_is_started_once_and_outlives_the_console(folder: Path, opened: list[tuple[str | None, Path | None, str]]) -> None:
    options = argparse.Namespace(data=str(folder))
    assert desktop.desktop(options) == 0
    assert desktop.desktop(options) == 0
    (first, _, code), (second, _, again) = opened
    assert first == second
    assert first is not None and first.startswith("http://127.0.0.1:")
    assert code.count("-") == 3 and again == code, "whoever closed the first start before its end finds it again"
    remote = control_of(paths.data_folder(folder))
    assert remote is not None
    owner = {"code": code, "login": "mira", "password": "correct horse battery", "business": {"name": "Harbour Telecom"}}
    remote.do("operators.redeem", owner)
    assert desktop.desktop(options) == 0
    assert opened[-1] == (first, folder, "")


def test_a_running_server_is_attached_to(tmp_path: Path, opened: list[tuple[str | None, Path | None, str]]) -> None:
    appliance = Appliance(tmp_path)
    web = appliance.serve()["web"]
    try:
        assert desktop.desktop(argparse.Namespace(data=str(appliance.data))) == 0
        assert opened == [(web, appliance.data, "")]
    finally:
        appliance.stop()


def test_a_server_that_cannot_start_says_why(folder: Path, opened: list[tuple[str | None, Path | None, str]]) -> None:
    (folder / "tollhouse.toml").write_text("[sip]\nlisten = 'nonsense'\n")
    with pytest.raises(EnvironmentFault, match="server_failed") as refused:
        desktop.desktop(argparse.Namespace(data=str(folder)))
    assert "listen" in str(refused.value)
    assert opened == []


def test_without_a_screen_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(EnvironmentFault, match=r"no_screen"):
        desktop.console(argparse.Namespace(data=str(tmp_path), url=None))
