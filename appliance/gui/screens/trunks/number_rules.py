"""Rules for numbers as a person types them: one a line, such as "0031 -4 +31" (begins with 0031, cut four digits, put 31 before)."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.gui.widgets.form import Form
from appliance.gui.words import _, count, isolate
from appliance.wire.trunks import NumberRule, NumberRuleView

ALL = "*"
"""Stands for every number, where a prefix would stand."""


def rules_field(form: Form, name: str, text: str, help: str) -> None:
    """A field of several lines that reads as rules of the wire; what cannot be read is said at it."""
    made = form.lines(name, text, rows=3, help=help)
    made.setPlaceholderText("0031 -4 +31")
    form.read_as(name, lambda: rules_of(made.toPlainText()), lambda value: made.setPlainText(rules_text(value or ())))


def rules_of(text: str) -> list[NumberRule]:
    """What is typed. ValueError with a sentence for the line that is wrong."""
    return [_rule(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _rule(number: int, line: str) -> NumberRule:
    prefix, *changes = line.split()
    strip, prepend = 0, ""
    for each in changes:
        if each[0] == "-" and each[1:].isascii() and each[1:].isdigit():
            strip = int(each[1:])
        elif each[0] == "+" and len(each) > 1:
            prepend = each[1:]
        else:
            raise ValueError(_("Line {number} is no rule: {line}. Write it so: 0031 -4 +31.", number=count(number), line=isolate(line.strip())))
    return NumberRule("" if prefix == ALL else prefix, strip, prepend)


def rules_text(rules: Sequence[NumberRule | NumberRuleView]) -> str:
    """The same rules, to be typed on."""
    return "\n".join(rule_text(rule) for rule in rules)


def rule_text(rule: NumberRule | NumberRuleView) -> str:
    """One rule in a line."""
    parts = [rule.prefix or ALL]
    if rule.strip:
        parts.append(f"-{rule.strip}")
    if rule.prepend:
        parts.append(f"+{rule.prepend}")
    return " ".join(parts)
