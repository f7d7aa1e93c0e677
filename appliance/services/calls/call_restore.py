"""Running calls made again from their rows: after a lost unit of work, and after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from appliance.billing.credit import CreditBook, Meter
from appliance.billing.rating import Rules
from appliance.services.calls.call_record import ANSWERED, CallRecord, LiveCall, from_text, terms_of
from appliance.services.ground.allowances import Taken
from appliance.services.ground.hot import Hot
from appliance.store.calls import LiveCall as LiveRow


def restored(
    book: CreditBook, rows: Iterable[LiveRow], now_ms: int, hot: Hot, watches: Callable[[CallRecord, Sequence[Meter]], tuple[Meter, ...]]
) -> Iterator[tuple[LiveCall, bool]]:
    """The calls of these rows, put into an empty book in the order of their answers; and whether the book refused one.

    `watches` are the guard's lines, on what may be spent.

    What has been paid meanwhile is off the funds already, so that the book decides nothing anew that it decided before.
    """
    calls = sorted(rows, key=lambda row: (row.answered_mono_ms is None, row.answered_mono_ms or 0, row.id))
    for row in calls:
        live = _live(row, hot)
        began = now_ms if row.answered_mono_ms is None else min(row.answered_mono_ms, now_ms)
        refused = book.admit(row.id, (*live.meters, *watches(live.record, live.meters)), began) is not None
        if row.answered_mono_ms is not None and not refused:
            book.answer(row.id, began, row.answered_at or 0)
        yield live, refused


def _live(row: LiveRow, hot: Hot) -> LiveCall:
    record = from_text(row.record)

    def again(rules: Rules, currency: str) -> object:
        return hot.prices.terms(rules.tariff_id, record.normalised, currency, record.started_at)

    def bundle(taken: Taken | None) -> int:
        return 0 if taken is None or taken.pot is None else hot.allowances.account(taken.pot)

    meters = tuple(Meter(paid.level, paid.account, terms_of(paid.terms, again), bundle(paid.taken)) for paid in record.paid_by)
    live = LiveCall(row.id, record, meters, ())
    if row.answered_mono_ms is not None:
        live.answered = row.answered_mono_ms / 1000
        live.state = ANSWERED
    return live
