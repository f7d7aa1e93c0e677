"""Every error code that the program can raise has a sentence, and every sentence can be filled."""

from __future__ import annotations

import ast
import re
import string

import pytest

from appliance import i18n
from tests.house.source import ROOT, name_of, python_files, tree_of

ERRORS = {"UserError", "NotFound", "Forbidden", "Conflict", "EnvironmentFault"}
CODE = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
NOT_PARAMETERS = {"field"}


def raised() -> dict[str, list[tuple[str, set[str] | None]]]:
    """{code: [(place, names of parameters, None where they are not spelt out)]} of all errors built in the source."""
    found: dict[str, list[tuple[str, set[str] | None]]] = {}
    for file in python_files("appliance"):
        for node in ast.walk(tree_of(file)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
            first = node.args[0]
            if called in ERRORS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                spelt = all(keyword.arg for keyword in node.keywords)
                names = {keyword.arg for keyword in node.keywords if keyword.arg} - NOT_PARAMETERS
                found.setdefault(first.value, []).append((f"{name_of(file)}:{node.lineno}", names if spelt else None))
    return found


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_code_raised_has_a_sentence() -> None:
    sentences = i18n.catalogue("en")
    missing = {code: [place for place, _ in where] for code, where in raised().items() if code not in sentences}
    assert not missing


def test_sentences_use_only_parameters_that_are_given() -> None:
    sentences = i18n.catalogue("en")
    wrong = [
        f"{place} {code}: {places(sentences[code]) - names}"
        for code, where in raised().items()
        if code in sentences
        for place, names in where
        if names is not None and places(sentences[code]) - names
    ]
    assert not wrong


def test_codes_look_like_codes() -> None:
    assert not [code for code in raised() if not CODE.match(code)]


def test_the_english_file_has_codes_alone() -> None:
    """English sentences are their own keys; only codes need one."""
    text = (ROOT / "resources" / "translations" / "en" / "tollhouse.po").read_text(encoding="utf-8")
    assert [each.msgid for each in i18n.entries(text) if each.msgid and (not CODE.match(each.msgid) or not all(each.texts))] == []


def test_a_missing_parameter_or_sentence_is_still_said() -> None:
    assert i18n.sentence("no.such_code", {"port": 5060}) == "no.such_code port=5060"
    assert "{" in i18n.sentence("setting.unknown", {})


def test_the_reader_names_the_line_at_fault() -> None:
    with pytest.raises(ValueError, match="line 2"):
        i18n.read_catalogue('msgid "a"\nnonsense\n')
