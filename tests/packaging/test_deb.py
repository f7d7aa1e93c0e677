"""The Debian package: what lies in it, and its life on a system that is thrown away afterwards."""

from __future__ import annotations

import configparser
import gzip
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from appliance import __version__
from tests.helpers.shop import customer, rate, shop
from tests.packaging.conftest import ROOT, Built

pytestmark = pytest.mark.needs("objdump", "dpkg-deb")
OLDER = "0.0.1"


def packed(version: str) -> Path:
    line = [sys.executable, str(ROOT / "packaging" / "deb.py"), "--package-version", version, "--compression", "gzip"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (ROOT / "dist").glob(f"tollhouse_{version}_*.deb")
    return made


@pytest.fixture(scope="module")
def deb(built: Built) -> Path:
    return packed(__version__)


@pytest.fixture(scope="module")
def unpacked(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("deb")
    subprocess.run(["dpkg-deb", "--raw-extract", str(deb), str(target)], check=True)
    return target


def test_dpkg_knows_what_it_is(deb: Path, unpacked: Path) -> None:
    fields = dict(line.split(": ", 1) for line in (unpacked / "DEBIAN/control").read_text().splitlines() if re.match(r"[A-Z][A-Za-z-]*: ", line))
    assert (fields["Package"], fields["Version"]) == ("tollhouse", __version__)
    assert re.search(r"libc6 \(>= 2\.\d+\)", fields["Depends"]) and int(fields["Installed-Size"]) < 200_000
    listed = subprocess.run(["dpkg-deb", "--contents", str(deb)], capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == {"root/root"}
    assert "./usr/bin/tollhouse -> ../lib/tollhouse/tollhouse" in listed
    assert not [line for line in listed.splitlines() if line[0] != "l" and "w" in line[4:10]], "nobody else may write"


def test_the_service_is_watched_and_can_do_little(unpacked: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(unpacked / "usr/lib/systemd/system/tollhouse.service")
    service = unit["Service"]
    assert (service["Type"], service["User"], service["CapabilityBoundingSet"], service["KillMode"]) == ("notify", "tollhouse", "", "mixed")
    assert int(service["WatchdogSec"]) > 0 and service["Restart"] == "on-failure" and service["ProtectSystem"] == "strict"
    assert service["ExecStart"].startswith("/usr/bin/tollhouse serve --data /var/lib/tollhouse")


def test_a_desktop_finds_it(unpacked: Path) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(unpacked / "usr/share/applications/org.tollhouse.Tollhouse.desktop", encoding="utf-8")
    assert entry["Desktop Entry"]["Exec"] == "tollhouse" and entry["Desktop Entry"]["Icon"] == "tollhouse"
    for size in (16, 48, 256):
        assert (unpacked / f"usr/share/icons/hicolor/{size}x{size}/apps/tollhouse.png").read_bytes().startswith(b"\x89PNG")
    about = ElementTree.parse(unpacked / "usr/share/metainfo/org.tollhouse.Tollhouse.metainfo.xml").getroot()
    release = about.find("releases/release")
    assert release is not None and release.get("version") == __version__ and re.fullmatch(r"\d{4}-\d\d-\d\d", release.get("date", ""))
    assert about.findtext("launchable") == "org.tollhouse.Tollhouse.desktop"


@pytest.mark.needs("appstreamcli")
def test_the_shops_description_is_valid(unpacked: Path) -> None:
    file = unpacked / "usr/share/metainfo/org.tollhouse.Tollhouse.metainfo.xml"
    done = subprocess.run(["appstreamcli", "validate", "--no-net", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.needs("lintian")
def test_lintian_finds_no_error(deb: Path) -> None:
    done = subprocess.run(["lintian", "--fail-on", "error", "--allow-root", str(deb)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def completed(script: Path, *words: str) -> set[str]:
    code = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tollhouse; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", code, "bash", str(script), "tollhouse", *words], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_shell_completes_commands_and_a_manual_tells_them(unpacked: Path) -> None:
    bash = unpacked / "usr/share/bash-completion/completions/tollhouse"
    assert completed(bash, "ba") == {"balances", "backup"}
    assert completed(bash, "ledger", "--format", "") == {"json", "csv", "table"}
    assert {"reset", "--data"} <= completed(bash, "operator", "")
    assert not completed(bash, "relay", "--") and not completed(bash, "rel")
    zsh = (unpacked / "usr/share/zsh/vendor-completions/_tollhouse").read_text(encoding="utf-8")
    manual = gzip.decompress((unpacked / "usr/share/man/man1/tollhouse.1.gz").read_bytes()).decode()
    for command in ("serve", "import", "verify", "restore"):
        assert f"    {command}) _arguments" in zsh
        assert f"\ntollhouse {command} " in manual
    assert "deck\\-reader" not in manual


@pytest.mark.needs("groff")
def test_the_manual_is_set_without_a_warning(unpacked: Path) -> None:
    text = gzip.decompress((unpacked / "usr/share/man/man1/tollhouse.1.gz").read_bytes())
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8"], input=text, capture_output=True, check=False)
    assert done.stderr == b""


LIFE = """
set -e
mount -t tmpfs tmpfs "$PLACE"
mkdir "$PLACE/upper" "$PLACE/work" "$PLACE/all"
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$PLACE/upper,workdir=$PLACE/work" "$PLACE/all"
mount -t proc proc "$PLACE/all/proc"
mount -t tmpfs tmpfs "$PLACE/all/run"
mount -t tmpfs tmpfs "$PLACE/all/tmp"
mount --rbind /dev "$PLACE/all/dev"
cp "$@" "$PLACE/all/tmp/"
exec chroot "$PLACE/all" /bin/sh -ex /tmp/life.sh
"""
STEPS = """
export DEBIAN_FRONTEND=noninteractive
cd /tmp
dpkg {depends} --install {older} >&2
tollhouse --version >&2
test "$(stat -c '%U %a' /var/lib/tollhouse)" = 'tollhouse 700'
chmod 644 shop.json
as_service() {{ runuser -u tollhouse -- tollhouse "$@" --data /var/lib/tollhouse; }}
as_service apply /tmp/shop.json >&2
echo '# mine' >> /etc/default/tollhouse
dpkg {depends} --install {newer} >&2
grep -q '# mine' /etc/default/tollhouse
as_service verify >&2
as_service balances --format json
setpriv --reuid tollhouse --regid tollhouse --clear-groups tollhouse serve --data /var/lib/tollhouse --sip udp:127.0.0.1:0 --web 127.0.0.1:0 > ready &
server=$!
for moment in $(seq 150); do grep -q '"ready": *true' ready && break; sleep 0.2; done
echo '{{"id": 1}}' | as_service do endpoints.sheet - > sheet
kill -TERM $server
wait $server
grep -q JVBERi sheet
dpkg --remove tollhouse >&2
test ! -e /usr/bin/tollhouse && test ! -e /usr/lib/tollhouse && test -e /etc/default/tollhouse
dpkg --purge tollhouse >&2
test ! -e /etc/default/tollhouse && test -e /var/lib/tollhouse/tollhouse.db
dpkg {depends} --install {newer} >&2
as_service balances --format json
rm -rf /var/lib/tollhouse/*
dpkg --purge tollhouse >&2
test ! -e /var/lib/tollhouse && ! getent passwd tollhouse
"""


def in_a_throw_away_system(folder: Path, files: Sequence[Path], lower: Path) -> subprocess.CompletedProcess[str]:
    """A copy of the system below `lower` that only the test sees: what it writes lies in memory and goes with it."""
    place = folder / "system"
    place.mkdir()
    line = ["unshare", "--mount", "--propagation", "private", "sh", "-c", LIFE, "sh", *map(str, files)]
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PLACE": str(place), "LOWER": str(lower)}
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=300, check=False)


def lives(deb: Path, folder: Path, lower: Path, depends: str) -> None:
    """Installed, upgraded, served from, removed and purged below `lower`; `depends` is what dpkg is told of what a package asks for."""
    older = packed(OLDER)
    try:
        described = shop(5999, rates=[rate("31", "Netherlands", "0.02")], customers=[customer("Alice", "1000001", balance="10.00")])
        (folder / "shop.json").write_text(json.dumps(described))
        (folder / "life.sh").write_text(STEPS.format(older=older.name, newer=deb.name, depends=depends))
        done = in_a_throw_away_system(folder, [older, deb, folder / "shop.json", folder / "life.sh"], lower)
    finally:
        older.unlink()
    assert done.returncode == 0, done.stderr[-6000:]
    balances = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["balance"] for row in balances if row["account"] == "alice"] == ["10.00"] * 2
    assert "The books are kept in /var/lib/tollhouse" in done.stderr


@pytest.mark.needs("overlay")
def test_installed_upgraded_removed_and_purged(deb: Path, tmp_path: Path) -> None:
    lives(deb, tmp_path, Path("/"), "--force-depends")


@pytest.fixture
def bare_debian() -> Path:
    """A Debian of this one's release with nothing but what it must have; made once, some minutes, and kept in build/."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    root = ROOT / "build" / f"debian-{release}"
    if not (root / "usr/bin/dpkg").is_file() or (root / "debootstrap").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(exist_ok=True)
        done = subprocess.run(["debootstrap", "--variant=minbase", release, str(root)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return root


@pytest.mark.needs("debootstrap", "overlay")
def test_a_bare_debian_needs_nothing_more(deb: Path, tmp_path: Path, bare_debian: Path) -> None:
    lives(deb, tmp_path, bare_debian, "")
