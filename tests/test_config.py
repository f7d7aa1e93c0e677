"""Settings: what is known, what a value may be, and which of three places wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance import config
from appliance.errors import EnvironmentFault, UserError
from appliance.paths import DataFolder, data_folder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return data_folder(tmp_path)


def test_every_default_is_a_value_of_its_own_setting() -> None:
    for name, about in config.known().items():
        assert config.checked(name, about.default) == about.default
        assert about.about.endswith("."), name


def test_the_first_file_changes_nothing(folder: DataFolder) -> None:
    before = config.load(folder)
    config.write_first_file(folder.configuration)
    assert config.load(folder) == before
    text = folder.configuration.read_text(encoding="utf-8")
    assert all(about.about in text for about in config.known().values() if about.in_file)


def test_the_first_file_is_never_written_over(folder: DataFolder) -> None:
    folder.configuration.write_text("[server]\ndrain_seconds = 3\n", encoding="utf-8")
    config.write_first_file(folder.configuration)
    assert config.load(folder).drain_seconds == 3


def test_its_commented_lines_are_values_when_uncommented(folder: DataFolder) -> None:
    text = config.first_file()
    lines = [line.removeprefix("# ") if " = " in line and line.startswith("# ") and "[" not in line[:3] else line for line in text.splitlines()]
    folder.configuration.write_text("\n".join(lines), encoding="utf-8")
    assert config.read_file(folder.configuration) == {name: about.default for name, about in config.known().items() if about.in_file}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("sip.check_uri=false", "sip.check_uri", False),
        ("sip.digest_algorithms=MD5", "sip.digest_algorithms", ["MD5"]),
        ("sip.digest_algorithms=SHA-256, MD5", "sip.digest_algorithms", ["SHA-256", "MD5"]),
        ('sip.digest_algorithms=["MD5"]', "sip.digest_algorithms", ["MD5"]),
        ("sip.aliases=", "sip.aliases", []),
        ("sip.public_address=198.51.100.7", "sip.public_address", "198.51.100.7"),
        ('sip.public_address="shop.example.test"', "sip.public_address", "shop.example.test"),
        ("store.commit_wait=0.5", "store.commit_wait", 0.5),
        ("guard.exempt=10.0.0.0/8,192.0.2.1", "guard.exempt", ["10.0.0.0/8", "192.0.2.1"]),
        ("emergency.numbers=112", "emergency.numbers", ["112"]),
    ],
)
def test_an_override_is_a_toml_value_or_a_text_and_lists_go_by_comma(text: str, name: str, value: object) -> None:
    assert config.parse_override(text) == (name, value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sip.check_uris=true", "setting.unknown"),
        ("sip.check_uri", "setting.no_value"),
        ("sip.check_uri=perhaps", "setting.wrong_kind"),
        ("sip.digest_algorithms=MD4", "setting.not_a_choice"),
        ("registrar.minimum_expires=0", "setting.out_of_range"),
        ("registrar.minimum_expires=1.5", "setting.not_whole"),
        ("registrar.minimum_expires=true", "setting.wrong_kind"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        config.parse_override(text)
    assert caught.value.code == code
    assert caught.value.parameters.get("name", caught.value.parameters.get("text")) in {text, text.partition("=")[0]}


def test_options_win_over_overrides_and_those_over_the_file(folder: DataFolder) -> None:
    folder.configuration.write_text(
        '[sip]\nlisten = ["udp:127.0.0.1:1111"]\n[web]\nlisten = "127.0.0.1:1"\n[server]\ndrain_seconds = 1\n', encoding="utf-8"
    )
    found = config.load(
        folder, ["web.listen=127.0.0.1:2", "server.drain_seconds=2", "server.drain_seconds=3"], sip=["tcp:[::1]:5060"], web="127.0.0.1:3"
    )
    assert found.sip == (config.Listen("tcp", "::1", 5060),)
    assert found.web == config.Listen("tcp", "127.0.0.1", 3)
    assert found.drain_seconds == 3


@pytest.mark.parametrize(
    ("media", "sip", "host"),
    [
        (None, ["udp:0.0.0.0:5060"], "0.0.0.0"),
        (None, ["udp:0.0.0.0:5060", "udp:[::]:5060"], "::"),
        ("20000-20999", ["tcp:[2001:db8::1]:5060"], "::"),
        ("0.0.0.0:20000-20999", ["udp:[::]:5060"], "0.0.0.0"),
        ("[::1]:20000-20999", ["udp:127.0.0.1:5060"], "::1"),
    ],
)
def test_the_relay_without_an_address_has_the_families_of_the_phones(folder: DataFolder, media: str | None, sip: list[str], host: str) -> None:
    found = config.load(folder, sip=sip, media=media).media
    assert (found.host, found.first) == (host, 20000) and found.last in (20999, 29999)


def test_settings_of_the_store_are_kept_apart(folder: DataFolder) -> None:
    found = config.load(folder, ["sip.check_uri=false", "sip.public_address=192.0.2.1"])
    assert found.overrides == {"sip.check_uri": False}
    assert found.boot["sip.public_address"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[sip]\nlisten = 5\n", "setting.wrong_kind"),
        ("[sip]\nport = 5060\n", "setting.unknown"),
        ("port = 5060\n", "setting.unknown"),
        ("[sip]\ncheck_uri = true\n", "setting.not_in_file"),
        ('[sip]\nlisten = ["sctp:0.0.0.0:5060"]\n', "listen.transport"),
        ('[sip]\nlisten = ["udp:0.0.0.0"]\n', "listen.wrong"),
        ('[sip]\nlisten = ["udp:0.0.0.0:66000"]\n', "listen.wrong"),
        ("[sip]\nlisten = []\n", "listen.none"),
        ('[media]\nlisten = "0.0.0.0:5000"\n', "listen.media"),
        ('[media]\nlisten = "0.0.0.0:5000-4000"\n', "listen.media"),
    ],
)
def test_a_wrong_file_is_refused(folder: DataFolder, text: str, code: str) -> None:
    folder.configuration.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        config.load(folder)
    assert caught.value.code == code


def test_a_file_that_is_no_toml_names_the_line(folder: DataFolder) -> None:
    folder.configuration.write_text("[sip\n", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match=r"config\.unreadable.*line 1"):
        config.load(folder)
