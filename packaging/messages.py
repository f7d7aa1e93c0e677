"""The translators' tool: what the program says, gathered from its source, and the catalogues brought up to date.

    python packaging/messages.py                      every catalogue gets what is new, empty, and loses what is said no more
    python packaging/messages.py missing es           what es still lacks, as JSON: {msgid: "" or [forms]}
    python packaging/messages.py fill es FILE         puts the translations of such a JSON file in

Codes of errors and their English sentences are written into resources/translations/en/tollhouse.po by hand; English sentences are
gathered from `_("…")` and `plural("…", "…", n)` in the package and the pages' templates, and
from what resources/defaults.toml says about each setting.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from appliance import i18n  # noqa: E402

SOURCE = ROOT / "appliance"
PAGES = ROOT / "resources" / "web" / "templates"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "plural": (1, 2)}
CODE = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "fr": "nplurals=2; plural=(n > 1);",
    "pt": "nplurals=2; plural=(n > 1);",
}
USUAL_PLURAL = "nplurals=2; plural=(n != 1);"


class Said(NamedTuple):
    """One message of the program: where it stands, and its English plural, "" where it has none."""

    msgid: str
    plural: str
    places: tuple[str, ...]


@cache
def said() -> dict[str, Said]:
    """All that can be said, codes first, then sentences, each sorted."""
    found: dict[str, Said] = {code: Said(code, "", ()) for code in sorted(i18n.catalogue("en"))}
    sentences: dict[str, tuple[str, set[str]]] = {}
    for file, _line, message, _comments, _context in extract_from_dir(str(SOURCE), keywords=KEYWORDS, method_map=[("**.py", "python")]):
        msgid, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
        before = sentences.setdefault(msgid, (plural, set()))
        before[1].add(f"appliance/{file}")
    pages = extract_from_dir(
        str(PAGES), keywords=KEYWORDS, method_map=[("**.html", "jinja2.ext:babel_extract")], options_map={"**.html": {"silent": "false"}}
    )
    for file, _line, message, _comments, _context in pages:
        msgid, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
        before = sentences.setdefault(msgid, (plural, set()))
        before[1].add(f"resources/web/templates/{file}")
    for section in tomllib.loads((ROOT / "resources" / "defaults.toml").read_text(encoding="utf-8")).values():
        for row in section.values():
            if row.get("kept") != "file":  # what a person sees in the console
                sentences.setdefault(row["about"], ("", set()))[1].add("resources/defaults.toml")
    found.update({msgid: Said(msgid, plural, tuple(sorted(places))) for msgid, (plural, places) in sorted(sentences.items()) if msgid})
    return found


def forms(language: str) -> int:
    """How many plural forms a language has."""
    match = re.search(r"nplurals=(\d)", PLURALS.get(language, USUAL_PLURAL))
    return int(match[1]) if match else 2


def kept(language: str) -> dict[str, tuple[str, ...]]:
    """{msgid: its texts} of what is translated."""
    file = i18n.file_of(language)
    entries = i18n.entries(file.read_text(encoding="utf-8")) if file.is_file() else ()
    return {each.msgid: each.texts for each in entries if each.msgid and each.texts and all(each.texts)}


def missing(language: str) -> dict[str, str | list[str]]:
    """What a language lacks, in the order of the catalogue."""
    there = kept(language)
    lacks = [each for each in said().values() if len(there.get(each.msgid, ())) != (forms(language) if each.plural else 1)]
    return {each.msgid: [""] * forms(language) if each.plural else "" for each in lacks}


def write(language: str, texts: dict[str, tuple[str, ...]]) -> None:
    """The catalogue of a language: what is said now, with the texts that there are."""
    lines = [
        f"# Tollhouse in {language}. Codes of errors come first, then English sentences; {{places}} are filled in by the program.",
        'msgid ""',
        'msgstr ""',
        r'"Content-Type: text/plain; charset=UTF-8\n"',
        rf'"Language: {language}\n"',
        rf'"Plural-Forms: {PLURALS.get(language, USUAL_PLURAL)}\n"',
    ]
    for each in said().values():
        lines += ["", *_entry(each, texts.get(each.msgid, ()), forms(language))]
    i18n.file_of(language).parent.mkdir(exist_ok=True)
    i18n.file_of(language).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _entry(each: Said, texts: tuple[str, ...], number_of_forms: int) -> Iterator[str]:
    if each.places:
        yield f"#: {' '.join(each.places)}"
    yield f"msgid {_quoted(each.msgid)}"
    if each.plural:
        yield f"msgid_plural {_quoted(each.plural)}"
        for number in range(number_of_forms):
            yield f"msgstr[{number}] {_quoted(texts[number] if number < len(texts) else '')}"
    else:
        yield f"msgstr {_quoted(texts[0] if texts else '')}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def translated_languages() -> list[str]:
    """All but English, which is the source."""
    return [language for language in i18n.languages() if language != i18n.FALLBACK]


def main(arguments: list[str]) -> int:
    """One command."""
    if not arguments:
        for language in translated_languages():
            write(language, kept(language))
            print(f"{language}: {len(missing(language))} of {len(said())} missing")
    elif arguments[0] == "missing" and len(arguments) == 2:
        print(json.dumps(missing(arguments[1]), ensure_ascii=False, indent=1))
    elif arguments[0] == "fill" and len(arguments) == 3:
        given = json.loads(Path(arguments[2]).read_text(encoding="utf-8"))
        texts = {msgid: (text,) if isinstance(text, str) else tuple(text) for msgid, text in given.items() if text}
        write(arguments[1], {**kept(arguments[1]), **texts})
        i18n._read.cache_clear()
        print(f"{arguments[1]}: {len(missing(arguments[1]))} of {len(said())} missing")
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
