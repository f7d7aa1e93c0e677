"""The daily summary in the words of an e-mail: what goes into the fields of its template, a line a thing."""

from __future__ import annotations

from appliance.clock import parse_rfc3339
from appliance.i18n import sentence
from appliance.money import parse_amount
from appliance.wire.cdrs import CurrencyFigures
from appliance.wire.statistics import Figures, LowAccount
from appliance.wire.summaries import SummaryBackup, SummaryCarrier, SummaryOutage, SummaryShop, SummaryStop, SummaryView
from appliance.words import Words, words

TEMPLATE = "summary"


def values_of(view: SummaryView, language: str) -> dict[str, str]:
    """The template's fields. What the reader may not know is empty, so that its line is left out; what there was none of says so."""
    spoken, zone = words(language), view.timezone
    return {
        "business": view.reseller,
        "day": spoken.apart(spoken.iso_day(view.on)),
        "figures": "" if view.figures is None else _listed(spoken, _figures(spoken, view.figures)),
        "shops": _listed(spoken, [_shop(spoken, each) for each in view.shops]) if view.shops else "",
        "trunks": _part(spoken, view.outages, [_outage(spoken, each, zone) for each in view.outages or ()]),
        "stops": _part(spoken, view.stops, [_stop(each, language) for each in view.stops or ()]),
        "low": _part(spoken, view.low, _low(spoken, view.low or [], view.more_low)),
        "carriers": _listed(spoken, [_carrier(spoken, each) for each in view.carriers]) if view.carriers else "",
        "backup": "" if view.backup is None else _listed(spoken, _backup(spoken, view.backup, zone)),
    }


def _part(spoken: Words, known: object, lines: list[str]) -> str:
    return "" if known is None else _listed(spoken, lines)


def _listed(spoken: Words, lines: list[str]) -> str:
    """Each on a line of its own below the heading."""
    return "".join(f"\n{line}" for line in lines or [spoken._("None")])


def _figures(spoken: Words, view: Figures) -> list[str]:
    share = round(100 * view.answered / view.calls) if view.calls else 0
    answered = f"{spoken.count(view.answered)} ({spoken.percent(share * 10_000)})" if view.calls else spoken.count(0)
    lines = [(spoken._("Calls"), spoken.count(view.calls)), (spoken._("Answered"), answered)]
    lines.append((spoken._("Minutes"), spoken.count(round(float(view.minutes)))))
    for each in view.money:
        lines += _money(spoken, each)
    return [f"{name}: {value}" for name, value in lines]


def _money(spoken: Words, each: CurrencyFigures) -> list[tuple[str, str]]:
    named = ((spoken._("Sales"), each.sales), (spoken._("Cost"), each.cost), (spoken._("Margin"), each.margin))
    return [(name, _amount(spoken, amount, each.currency)) for name, amount in named if amount is not None]


def _shop(spoken: Words, each: SummaryShop) -> str:
    who = spoken.apart(f"{each.shop}, {each.clerk}" if each.clerk else each.shop)
    parts = [(spoken._("Sales"), each.sales), (spoken._("Cash"), each.cash)]
    if each.difference is not None:
        parts.append((spoken._("Difference"), each.difference))
    return f"{who}: " + " · ".join(f"{name} {_amount(spoken, amount, each.currency)}" for name, amount in parts)


def _outage(spoken: Words, each: SummaryOutage, zone: str) -> str:
    began = spoken.apart(spoken.moment(parse_rfc3339(each.began_at), zone))
    if each.ended_at is None:
        return spoken._("{trunk}: since {begin}", trunk=each.trunk, begin=began)
    return spoken._("{trunk}: {begin} to {end}", trunk=each.trunk, begin=began, end=spoken.apart(spoken.moment(parse_rfc3339(each.ended_at), zone)))


def _stop(each: SummaryStop, language: str) -> str:
    return f"{each.customer}: {sentence(each.reason, each.parameters, language)}"


def _low(spoken: Words, low: list[LowAccount], more: int) -> list[str]:
    left = [spoken._("{money} left", money=_amount(spoken, each.left, each.currency)) for each in low]
    lines = [f"{each.owner}: {money}" for each, money in zip(low, left, strict=True)]
    return [*lines, spoken.plural("and {n} more account", "and {n} more accounts", more)] if more else lines


def _carrier(spoken: Words, each: SummaryCarrier) -> str:
    said = f"{each.trunk}: {_amount(spoken, each.balance, each.currency)}"
    if each.hours_left is None:
        return said
    left = spoken._("{hours} h", hours=spoken.count(each.hours_left))
    return f"{said} · {left}"


def _backup(spoken: Words, view: SummaryBackup, zone: str) -> list[str]:
    lines = []
    if view.newest_at is not None:
        lines.append(spoken.moment(parse_rfc3339(view.newest_at), zone))
    elif not view.copies:
        lines.append(sentence("alert.no_backup", {}, spoken.language))
    if view.fault:
        lines.append(sentence("alert.copy_failed", {"reason": view.fault}, spoken.language))
    elif view.copies:
        lines.append(spoken._("The second copy is up to date."))
    return lines


def _amount(spoken: Words, amount: str, currency: str) -> str:
    return spoken.isolate(spoken.money(spoken.rounded(parse_amount(amount, "amount"), currency), currency))
