"""Every maker's file is read back by a parser of its format: the account is in it, and nothing that a value holds gets out of its place."""

from __future__ import annotations

import re
import xml.etree.ElementTree as Xml
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.documents.phone_files import MAKERS, Account, asked, codecs_of, file
from appliance.wire import provisioning

USUAL = Account("1000001", "Reception", "sip.example.test", 5062, "tcp", "sip.example.test", "1000001", "se<cret&1", ("PCMU", "g729"))
HOSTILE = [
    'a"b',
    "</P34><P47>evil.test</P47>",
    "x\naccount.1.sip_server.1.address = evil.test",
    "x\r\n[section]",
    "]]>",
    "<!--",
    "&amp;",
    "\x00\x07\x1b",
    "a\u2028b",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "عربي",
    "'$(reboot)`",
]


def pairs(data: bytes) -> dict[str, str]:
    """`key = value` as the phone reads it: the first sign parts them, lines that begin with # are remarks."""
    found = {}
    for line in data.decode().split("\n"):
        if line and not line.startswith("#"):
            key, sign, value = line.partition(" = ")
            assert sign, line
            assert key not in found, f"{key} twice"
            found[key] = value
    return found


def texts(data: bytes) -> dict[str, str]:
    return {each.tag.rpartition("}")[2]: each.text or "" for each in Xml.fromstring(data).iter() if len(each) == 0}


def entries(data: bytes) -> dict[str, str]:
    root = Xml.fromstring(data)
    space = "{http://www.linphone.org/xsds/lpconfig.xsd}"
    return {f"{section.get('name')}/{each.get('name')}": each.text or "" for section in root.iter(f"{space}section") for each in section}


def items(data: bytes) -> dict[str, str]:
    return {each.get("ID", ""): each.get("value", "").strip('"') for each in Xml.fromstring(data).iter("SYMB_ITEM")}


def attributes(data: bytes) -> dict[str, str]:
    return {name: value for each in Xml.fromstring(data).iter() for name, value in each.attrib.items()}


GIGASET = "BS_IP_Data1.aucS_SIP_"
READERS: dict[str, tuple[str, Callable[[bytes], dict[str, str]], tuple[str, str, str, str]]] = {
    # maker: (template, reader, keys of user, password, server, display name)
    "yealink": (
        "yealink.cfg",
        pairs,
        ("account.1.user_name", "account.1.password", "account.1.sip_server.1.address", "account.1.display_name"),
    ),
    "grandstream": ("grandstream.xml", texts, ("P35", "P34", "P47", "P3")),
    "snom": ("snom.xml", texts, ("user_name", "user_pass", "user_outbound", "user_realname")),
    "polycom": ("polycom.xml", attributes, ("reg.1.address", "reg.1.auth.password", "reg.1.server.1.address", "reg.1.displayName")),
    "cisco": ("cisco.xml", texts, ("User_ID_1_", "Password_1_", "Proxy_1_", "Display_Name_1_")),
    "fanvil": ("fanvil.xml", texts, ("Register_User", "Register_Pswd", "Register_Addr", "Display_Name")),
    "gigaset": ("gigaset.xml", items, (f"{GIGASET}USER_ID_1", f"{GIGASET}PASSWORD_1", f"{GIGASET}SERVER_1", f"{GIGASET}DISPLAYNAME_1")),
    "linphone": ("linphone.xml", entries, ("auth_info_0/username", "auth_info_0/passwd", "proxy_0/reg_proxy", "")),
}


def test_every_maker_that_is_offered_has_its_file() -> None:
    assert set(provisioning.MAKERS) == set(provisioning.NAMES) == set(MAKERS) == set(READERS)


@pytest.mark.parametrize("maker", provisioning.MAKERS)
def test_the_account_is_in_the_file(maker: str) -> None:
    template, read, (user, password, server, name) = READERS[maker]
    found = read(file(template, USUAL, "0004132a3b4c")[0])
    assert found[user] == "1000001" and found[password] == "se<cret&1"
    assert "sip.example.test" in found[server]
    assert not name or found[name] == "Reception"


@pytest.mark.parametrize("maker", provisioning.MAKERS)
@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_hostile_stays_one_value(maker: str, value: str) -> None:
    template, read, (_user, password, server, _name) = READERS[maker]
    usual = read(file(template, USUAL, "0004132a3b4c")[0])
    found = read(file(template, USUAL._replace(password=value, display_name=value, label=value), "0004132a3b4c")[0])
    assert set(found) == set(usual), "no key more, none less"
    clean = re.sub("[\x00-\x1f\u2028]+", " ", value).strip()
    assert found[password].strip('"') == clean.strip('"')
    assert found[server] == usual[server]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.sampled_from(provisioning.MAKERS))
def test_any_text_is_carried_or_left_out(value: str, maker: str) -> None:
    template, read, _keys = READERS[maker]
    usual = read(file(template, USUAL)[0])
    assert set(read(file(template, USUAL._replace(password=value, display_name=value))[0])) == set(usual)


@pytest.mark.parametrize(("transport", "wanted"), [("udp", "0"), ("tcp", "1"), ("tls", "2")])
def test_transport_as_each_maker_writes_it(transport: str, wanted: str) -> None:
    account = USUAL._replace(transport=transport)
    assert pairs(file("yealink.cfg", account)[0])["account.1.sip_server.1.transport_type"] == wanted
    assert texts(file("grandstream.xml", account)[0])["P130"] == wanted
    assert texts(file("cisco.xml", account)[0])["SIP_Transport_1_"] == transport.upper()
    assert texts(file("snom.xml", account)[0])["user_outbound"] == f"sip.example.test:5062;transport={transport}"
    assert entries(file("linphone.xml", account)[0])["proxy_0/reg_proxy"] == f"<sip:sip.example.test:5062;transport={transport}>"
    assert attributes(file("polycom.xml", account)[0])["reg.1.server.1.transport"] == {"udp": "UDPOnly", "tcp": "TCPOnly", "tls": "TLS"}[transport]


def test_codecs_in_the_order_of_the_endpoint() -> None:
    assert codecs_of(()) == ("pcma", "pcmu", "g729", "g723") == codecs_of(("opus",))
    assert codecs_of(("PCMU/8000", "G723.1", "pcmu", "opus")) == ("pcmu", "g723")
    found = pairs(file("yealink.cfg", USUAL)[0])
    assert [found[f"account.1.codec.{name}.enable"] for name in ("pcma", "pcmu", "g729", "g723_53")] == ["0", "1", "1", "0"]
    assert found["account.1.codec.pcmu.priority"] == "1" and found["account.1.codec.g729.priority"] == "2"
    found = texts(file("grandstream.xml", USUAL)[0])
    assert [found[place] for place in ("P57", "P58", "P59", "P46")] == ["0", "18", "18", "18"]
    assert texts(file("snom.xml", USUAL)[0])["codec_priority_list"] == "pcmu,g729,telephone-event"
    assert texts(file("fanvil.xml", USUAL)[0])["VoiceCodecMap"] == "G711U,G729"
    assert items(file("gigaset.xml", USUAL)[0])["BS_IP_Data1.ucI_SIP_PREFERRED_VOCODER"] == "0x00,0x03"
    assert items(file("gigaset.xml", USUAL)[0])["BS_IP_Data1.uiI_SIP_SERVER_PORT_1"] == "0x13c6"


@pytest.mark.parametrize(
    ("maker", "name", "mac", "secret"),
    [
        ("yealink", "805ec0112233.cfg", "805ec0112233", True),
        ("grandstream", "cfg000b82112233.xml", "000b82112233", True),
        ("snom", "000413AABBCC.xml", "000413aabbcc", True),
        ("snom", "snomD735-000413AABBCC.htm", "000413aabbcc", True),
        ("snom", "snom.xml", "", True),
        ("polycom", "0004f2112233.cfg", "0004f2112233", False),
        ("polycom", "000000000000.cfg", "", False),
        ("polycom", "phone-0004f2112233.cfg", "0004f2112233", True),
        ("cisco", "spa001122334455.xml", "001122334455", True),
        ("cisco", "spa504G.cfg", "", True),
        ("fanvil", "0c383e112233.cfg", "0c383e112233", True),
        ("gigaset", "7C2F80112233.xml", "7c2f80112233", True),
        ("linphone", "linphone.xml", "", True),
    ],
)
def test_names_that_phones_ask_for(maker: str, name: str, mac: str, secret: bool) -> None:
    found = asked(maker, name)
    assert found is not None and (found.mac, found.secret) == (mac, secret)


@pytest.mark.parametrize(
    "name", ["", "y000000000028.cfg", "../tollhouse.db", "805ec0112233.cfg/..", "805ec0112233.cfg\n", "linphone.xml.bak", "x" * 64]
)
def test_other_names_are_none(name: str) -> None:
    assert all(asked(maker, name) is None for maker in MAKERS)


def test_a_polycom_is_led_to_its_account() -> None:
    root = Xml.fromstring(file("polycom_master.xml", USUAL._replace(password=""), "0004f2112233")[0])
    assert root.get("CONFIG_FILES") == "phone-0004f2112233.cfg"
    assert Xml.fromstring(file("polycom_master.xml", USUAL)[0]).get("CONFIG_FILES") == "phone-[PHONE_MAC_ADDRESS].cfg"
    assert asked("polycom", "phone-0004f2112233.cfg") is not None
