"""The message catalogue, and how each language writes amounts, numbers and times.

One gettext file a language, resources/translations/LANGUAGE/tollhouse.po, serves errors, console, documents and e-mail.
A `msgid` is either a code ("customer.name_taken", English sentence in the English file) or the English sentence itself, with
`{places}` to be filled in. A language that lacks a sentence borrows the English one. Files are read at first need.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from appliance import paths
from appliance.errors import EnvironmentFault, UserError

FALLBACK = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+)?"((?:[^"\\]|\\.)*)"\s*')
_RULE = re.compile(r"plural=(?P<rule>[n0-9 ()%=!<>&|?:]+)")
_GERMANIC = "n != 1"

Rule = Callable[[int], int]


class Entry(NamedTuple):
    """One message of a .po file: `texts` has one form, or one for each plural; `line` is where it begins."""

    msgid: str
    plural: str
    texts: tuple[str, ...]
    line: int


def entries(text: str) -> Iterator[Entry]:
    """The messages of a gettext .po text in order, its header (msgid "") too; fuzzy and obsolete ones are left out.

    ValueError with the line of what cannot be read.
    """
    fields: dict[str, str] = {}
    current, fuzzy, begun = "", False, 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        line = line.strip()
        if not line or line.startswith("#"):
            if "msgid" in fields and not fuzzy:
                yield _entry(fields, begun)
            if fields:
                fields, current, fuzzy = {}, "", False
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        match = _LINE.fullmatch(line)
        if match is None or not (match[1] or current):
            raise ValueError(f"line {number}: {line}")
        if match[1] == "msgid":
            if "msgid" in fields:
                if not fuzzy:
                    yield _entry(fields, begun)
                fields, fuzzy = {}, False
            begun = number
        current = match[1] or current
        fields[current] = fields.get(current, "") + _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), match[2])


def _entry(fields: Mapping[str, str], line: int) -> Entry:
    plural = fields.get("msgid_plural", "")
    texts = [value for key, value in sorted(fields.items()) if key.startswith("msgstr")]
    return Entry(fields["msgid"], plural, tuple(texts), line)


def read_catalogue(text: str) -> dict[str, str]:
    """{msgid: sentence} of a .po text without its plurals; what has no sentence is left out. ValueError for a text that is no catalogue."""
    return {each.msgid: each.texts[0] for each in entries(text) if each.msgid and not each.plural and each.texts and each.texts[0]}


def file_of(language: str) -> Path:
    """Where the catalogue of a language is, whether it is there or not."""
    return paths.resources() / "translations" / language / "tollhouse.po"


def languages() -> list[str]:
    """Languages that have a catalogue, sorted."""
    return list(_languages())


@cache
def _languages() -> tuple[str, ...]:
    """The folder is looked into once: each page asks."""
    return tuple(sorted(folder.name for folder in (paths.resources() / "translations").iterdir() if (folder / "tollhouse.po").is_file()))


def known(language: str) -> str:
    """The language that has a catalogue: `es` of `es-MX` or `es_ES`, English of an unknown one."""
    code = re.split(r"[-_]", language.strip().lower())[0]
    return code if code in _languages() else FALLBACK


@cache
def _read(language: str) -> tuple[Entry, ...]:
    file = file_of(language)
    return tuple(entries(file.read_text(encoding="utf-8"))) if file.is_file() else ()


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The sentences of one language over the English ones; an unknown language is English."""
    sentences: dict[str, str] = {}
    for name in dict.fromkeys((FALLBACK, language)):
        sentences.update({each.msgid: each.texts[0] for each in _read(name) if each.msgid and not each.plural and each.texts and each.texts[0]})
    return sentences


@cache
def plurals(language: str) -> Mapping[str, tuple[str, ...]]:
    """{English singular: forms} of one language, in the order of its plural rule."""
    return {each.msgid: each.texts for each in _read(language) if each.plural and all(each.texts)}


@cache
def _rule(language: str) -> Rule:
    header = next((each.texts[0] for each in _read(language) if not each.msgid and each.texts), "")
    found = _RULE.search(header)
    return _compiled(found["rule"] if found else _GERMANIC)


def _compiled(rule: str) -> Rule:
    """gettext's C expression as a function: `a ? b : c` nests to the right, everything else is as in Python."""
    from gettext import c2py

    made: Rule = c2py(rule)
    return made


def plural_form(language: str, number_of: int) -> int:
    """Which of a language's forms goes with a number."""
    return int(_rule(language)(abs(number_of)))


class _Lenient(dict[str, object]):
    """A place whose parameter is missing shows its own name, so that a sentence never fails to be said."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def fill(text: str, parameters: Mapping[str, object]) -> str:
    """The sentence with its places filled in; a place without a value stays as it is."""
    return string.Formatter().vformat(text, (), _Lenient(parameters))


def sentence(code: str, parameters: Mapping[str, object] | None = None, language: str = FALLBACK) -> str:
    """The sentence of a code with its parameters filled in; a code without sentence is shown with what it carries."""
    text = catalogue(language).get(code)
    given = parameters or {}
    if text is None:
        return code + "".join(f" {key}={value}" for key, value in given.items())
    return fill(text, given)


def say(error: UserError | EnvironmentFault, language: str = FALLBACK) -> str:
    """What a person is told of an error: the line and the field named first where there are any."""
    text = sentence(error.code, error.parameters, language)
    line = error.parameters.get("line")
    places = [f"line {line}"] if line is not None and "{line}" not in catalogue(language).get(error.code, "") else []
    if isinstance(error, UserError) and error.field:
        places.append(error.field)
    return f"{', '.join(places)}: {text}" if places else text
