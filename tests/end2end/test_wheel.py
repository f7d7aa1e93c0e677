"""`pip install .` alone gives a working `tollhouse`: the wheel carries the resources and needs no checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    line = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(ROOT)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("tollhouse-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel was unpacked as pip does it, far from the checkout."""
    place = tmp_path_factory.mktemp("installed")
    line = [*PIP, "install", "--no-deps", "--no-index", "--target", str(place), str(wheel)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place


def tollhouse(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(place)!r}); from appliance.cli import main; main()"
    line = [sys.executable, "-P", "-c", code, *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120, cwd=place, env=environment)


def test_the_wheel_carries_resources_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    resources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "resources").rglob("*") if path.is_file()}
    assert {f"appliance/{name}" for name in resources} <= set(names)
    assert any(name.endswith("0001_first.sql") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "packaging/", "dev.py"))]


def test_it_works_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = tollhouse(installed, "--version")
    assert where.returncode == 0
    shop = tmp_path / "shop.json"
    business = {"name": "root", "currency": "EUR", "sip_domain": "sip.example.test", "web_hosts": [], "number_range": "1000000-1999999"}
    tariff = {"reseller": "root", "name": "prices", "currency": "EUR", "rates": [{"prefix": "31", "destination": "NL", "price_per_minute": "0.10"}]}
    shop.write_text(json.dumps({"tollhouse": 1, "resellers": [business], "tariffs": [tariff]}), encoding="utf-8")
    assert tollhouse(installed, "apply", str(shop), "--data", str(tmp_path / "d")).returncode == 0
    priced = tollhouse(installed, "rate", "31201234567", "--seconds", "60", "--tariff", "prices", "--data", str(tmp_path / "d"))
    assert json.loads(priced.stdout)["amount"] == "0.10"
    refused = tollhouse(installed, "serve", "--data", str(tmp_path / "d"), "--set", "no.such=1")
    assert "no.such" in refused.stderr, refused.stderr
