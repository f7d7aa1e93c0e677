"""The manual is true: its chapters, links, pictures, commands, settings, operations and words of the screen are those of the program."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from appliance import cli, config, i18n, manual
from appliance.gui.screens.calls import call_words
from appliance.sip.hunt import cause_of
from appliance.wire import codec
from appliance.wire.operations import OPERATIONS
from appliance.wire.records import Cdr

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "manual"
CHAPTERS = sorted(file.stem for file in (FOLDER / "en").glob("*.md"))
FILE_ENDINGS = frozenset({"toml", "json", "csv", "md", "pem", "key", "db", "txt", "pcap"})
MOST_PICTURE_BYTES = 60_000
FAILS = "why-does-my-call-fail"
OLD = "old-manual"


def text_of(name: str) -> str:
    return manual.source(name)


def fenced(text: str) -> str:
    """What stands between fences."""
    return "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def prose(text: str) -> str:
    """The text without its fences."""
    return re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def code_spans(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(text))


@cache
def anchors(name: str) -> frozenset[str]:
    return frozenset(re.findall(r'<h\d id="([^"]+)"', manual.html(text_of(name))))


@cache
def said() -> frozenset[str]:
    """All that the console, the pages and the papers say, as it is seen: without marks of keys and the dots of a dialog."""
    sys.path.insert(0, str(ROOT / "packaging"))
    try:
        messages = importlib.import_module("messages")
    finally:
        sys.path.remove(str(ROOT / "packaging"))
    found = {text.replace("&", "").rstrip("…") for each in messages.said().values() for text in (each.msgid, each.plural) if text}
    return frozenset(found)


def test_every_chapter_is_in_the_index_and_the_reverse() -> None:
    listed = [each.name for each in manual.chapters()]
    assert len(listed) == len(set(listed)) >= 25
    assert sorted(listed) == [name for name in CHAPTERS if name != "index"]
    assert all(each.part for each in manual.chapters())


@pytest.mark.parametrize("name", CHAPTERS)
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text_of(name))):
        file, _sign, anchor = target.partition("#")
        if file.endswith(".png"):
            assert (FOLDER / "en" / file).is_file(), (name, target)
            continue
        other = file.removesuffix(".md") or name
        assert other in CHAPTERS, (name, target)
        assert not anchor or anchor in anchors(other), (name, target, sorted(anchors(other)))


def test_pictures_are_small_and_used() -> None:
    everything = "".join(text_of(name) for name in CHAPTERS) + (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = sorted((FOLDER / "pictures").glob("*"))
    assert 6 <= len(pictures) <= 12
    for picture in pictures:
        assert picture.suffix == ".png" and picture.stat().st_size <= MOST_PICTURE_BYTES, picture.name
        assert f"pictures/{picture.name})" in everything, f"{picture.name} is shown nowhere"


def commands() -> Iterator[tuple[str, str]]:
    for name in CHAPTERS:
        text = text_of(name)
        for line in [*fenced(text).splitlines(), *code_spans(text)]:
            line = line.rpartition("| ")[2] if line.startswith("echo ") else line
            if line == "tollhouse" or line.startswith("tollhouse "):
                yield name, line


def test_every_command_and_option_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    lines = list(commands())
    known = next(action.choices for action in cli.build_parser()._actions if isinstance(action.choices, dict))
    assert len(lines) > 30
    for name, line in lines:
        words = ["12" if word == "CALL" else word for word in shlex.split(line)[1:] if word not in ("COMMAND", "--help")]
        if len(words) == 1 and words[0] in known:
            continue  # the name of a command in a sentence
        try:
            cli.build_parser().parse_args(words)
        except SystemExit:
            pytest.fail(f"{name}: {line}: {capsys.readouterr().err}")
    shown = {line.split()[1] for name, line in lines if name == "commands" and " " in line}
    hidden = {"relay", "deck-reader", "move-reader", "document-drawer"}
    assert set(known) - hidden - shown == set(), "a command that the chapter does not have"


def test_every_request_shown_is_one() -> None:
    found = 0
    for name in CHAPTERS:
        for body, operation in re.findall(r"^echo '(\{.*\})' \| tollhouse do ([\w.]+) -", fenced(text_of(name)), re.MULTILINE):
            codec.decode(json.dumps(json.loads(body)).encode(), OPERATIONS[operation].request)
            found += 1
    assert found > 6


def test_every_setting_and_operation_named_exists() -> None:
    known = set(config.known()) | set(OPERATIONS)
    for name in CHAPTERS:
        for span in code_spans(text_of(name)):
            word = span.split("=")[0].strip()
            if re.fullmatch(r"[a-z_]+\.[a-z_]+", word) and word.rpartition(".")[2] not in FILE_ENDINGS:
                assert word in known, f"{name}: {word}"


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name != "how-a-price-is-made"])
def test_words_in_bold_stand_on_a_screen(name: str) -> None:
    for bold in re.findall(r"\*\*([^*]+)\*\*", prose(text_of(name)).replace("Words in **bold** stand", "")):
        for part in bold.rstrip(".").split(" → "):
            assert part in said(), f"{name}: {part!r} is said by no screen"


def refusals() -> set[tuple[int, str]]:
    """(status, phrase) of each refusal that the program writes into a call's record."""
    found: set[tuple[int, str]] = set()
    for file in [*(ROOT / "appliance" / "billing").rglob("*.py"), *(ROOT / "appliance" / "services").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            values = node.args if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refuse" else getattr(node, "elts", [])
            whole = [each.value for each in values if isinstance(each, ast.Constant)]
            if len(whole) >= 3 and isinstance(whole[1], int) and 400 <= whole[1] < 700 and isinstance(whole[2], str):
                found.add((whole[1], whole[2]))
    return found


def test_every_reason_of_a_call_record_has_its_paragraph() -> None:
    text = text_of(FAILS)
    tree = ast.parse(Path(call_words.__file__).read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "cause")
    known = next(node for node in ast.walk(body) if isinstance(node, ast.Dict))
    causes = {str(key.value) for key in known.keys if isinstance(key, ast.Constant)}
    assert causes >= {cause_of(status) for status in range(300, 700)} and len(causes) >= 15
    for cause in causes:
        assert f"### {call_words.cause(cause)} (`{cause}`)\n" in text, cause
        assert f" {cause} (" in (Cdr.__doc__ or "") or f" {cause}, " in (Cdr.__doc__ or ""), f"{cause} for programs"
    assert len(refusals()) >= 16
    for status, phrase in refusals():
        assert f"*{status} {phrase}*" in text, (status, phrase)


def test_every_answer_about_a_number_or_a_trunk_is_explained() -> None:
    sentences = {code: said for code, said in i18n.catalogue("en").items() if code.startswith(("answer.", "attempt.", "trial."))}
    assert len(sentences) > 40
    for code, sentence in sentences.items():
        assert f"| {re.sub('{[a-z_]+}', '…', sentence)} |" in text_of(FAILS), code


def test_every_chapter_of_the_old_manual_is_answered() -> None:
    rows = [line for line in text_of(OLD).splitlines() if line.startswith("| ") and "](" in line]
    assert len(rows) >= 30
    everything = " ".join(rows).lower()
    for subject in (
        "reseller application", "user web application", "endpoints", "registering", "add customer", "credit account", "disabled", "call shop",
        "no funds", "web account", "e-mail", "payments, add", "tariffs: add", "route prices", "generate tariff price list", "cdr listing",
        "layout of the invoice", "sign out", "sub-resellers", "profit", "languages and currencies", "supported devices", "registrar",
        "check uri", "nat", "frequently asked",
    ):  # fmt: skip
        assert subject in everything, subject


def test_makers_of_phones_have_a_guide() -> None:
    guide = text_of("phone-guides")
    for maker in ("Yealink", "Grandstream", "Snom", "Poly", "Cisco", "Fanvil", "Gigaset", "Linphone", "Zoiper", "Acrobits"):
        assert re.search(rf"^## .*{maker}", guide, re.MULTILINE), maker


def test_customers_chapters_lead_to_each_other_alone() -> None:
    names = {each.name for each in manual.chapters() if each.for_customers}
    assert len(names) >= 4
    for name in names:
        targets = [target.partition("#")[0].removesuffix(".md") for target in re.findall(r"\]\(([^)]+)\)", text_of(name))]
        assert set(filter(None, targets)) <= names, name


def test_html_of_its_own_is_not_taken() -> None:
    made = manual.html(
        "# A <b>b</b>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](../pictures/y.png)", lambda target: f"/at/{target}"
    )
    assert "<script" not in made and "<b>" not in made and 'href="javascript' not in made
    assert '<img src="/at/../pictures/y.png"' in made and '<h1 id="a-bbb"' in made


def test_the_search_finds_all_words_and_titles_first() -> None:
    assert manual.search("recovery phrase")[0].name in {"backup", "first-start"}
    assert manual.search("sub-reseller trunk zzzz") == []
    assert manual.search("vouchers")[0].name == "vouchers"
    assert manual.source("../../defaults") == "" and manual.source("nowhere") == ""
    assert manual.language_of("calls", "xx") == "en"
