"""What the program says is said in every language: nothing missing, nothing left over, every place kept."""

from __future__ import annotations

import ast
import importlib.util
import string
from types import ModuleType

import pytest

from appliance import i18n
from tests.house.source import ROOT, python_files, tree_of


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tollhouse_messages", ROOT / "packaging" / "messages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MESSAGES = tool()
SAID = MESSAGES.said()
OTHERS = [language for language in i18n.languages() if language != "en"]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_there_are_spanish_and_arabic() -> None:
    assert {"es", "ar"} <= set(OTHERS)


def test_no_text_hides_in_an_f_string() -> None:
    """What gathers the texts reads tokens, and to Python 3.11 an f-string is one token."""
    hidden = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in python_files("appliance")
        for text in ast.walk(tree_of(file))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in MESSAGES.KEYWORDS
    ]
    assert hidden == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing(language: str) -> None:
    """`python packaging/messages.py missing LANGUAGE` prints it for whoever translates."""
    assert list(MESSAGES.missing(language)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_over(language: str) -> None:
    assert set(MESSAGES.kept(language)) - set(SAID) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_places_are_kept(language: str) -> None:
    """Every place of the English sentence, and no other; a plural may leave out its number."""
    english = i18n.catalogue("en")
    wrong = []
    for msgid, texts in MESSAGES.kept(language).items():
        said = SAID.get(msgid)
        if said is None:
            continue
        wanted = places(english.get(msgid, msgid))
        for text in texts:
            if places(text) != wanted and not (said.plural and places(text) | {"n"} == places(said.plural) | {"n"}):
                wrong.append(f"{msgid}: {text}")
    assert wrong == []


@pytest.mark.parametrize("language", i18n.languages())
def test_no_message_stands_twice(language: str) -> None:
    found = [each.msgid for each in i18n.entries(i18n.file_of(language).read_text(encoding="utf-8"))]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("language", "numbers"),
    [("en", {1: 0, 0: 1, 2: 1}), ("es", {1: 0, 0: 1, 2: 1}), ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 103: 3})],
)
def test_plural_rules(language: str, numbers: dict[int, int]) -> None:
    assert {number: i18n.plural_form(language, number) for number in numbers} == numbers
