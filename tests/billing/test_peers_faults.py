"""Faults that users of other billing systems report, each with the test that keeps it from being ours.

FAULTS is services/prices/test_faults_of_others.py, ALLOWANCES services/prices/test_allowances.py.
Numbers are those of the collection of peers' faults (§2: what users ask for and hate; §4: what the same call costs elsewhere).

| fault | how it went elsewhere | kept away by |
| --- | --- | --- |
| 2.1 | thirty calls at once on the credit of one | FAULTS::test_thirty_calls_at_once_cannot_spend_one_euro_thirty_times |
| 2.2 | the cut-off went away with direct media | stories/test_credit_runs_out.py::test_a_prepaid_call_is_cut_on_both_sides_at_the_computed_second |
| 2.3 | only the last of several calls was charged | services/test_recovery.py::test_any_crash_under_load_leaves_whole_books |
| 2.4 | a block that could not be paid was admitted | FAULTS::test_a_call_is_admitted_and_cut_by_what_it_will_be_billed |
| 2.5 | money held by a call was passed on to a friend | FAULTS::test_money_that_a_call_holds_is_not_passed_on |
| 2.7 | charged twice | FAULTS::test_one_call_is_one_charge_at_each_level_however_long_it_lasts |
| 2.8 | a top-up did not reach the running call | FAULTS::test_a_payment_during_a_call_extends_it |
| 2.9 | a limit was not held by two calls | billing/test_credit_properties.py::test_ordinary_prices_end_where_every_millisecond_says |
| 2.10 | a long call was never billed after a fault | stories/test_power_cut.py::test_killed_under_load_every_answered_call_is_charged_once |
| 2.11 | a free call was refused without money | FAULTS::test_a_free_call_needs_no_money_and_an_unpriced_one_is_no_call |
| 2.12 | a thousand was taken for one | FAULTS::test_a_call_of_thousands_is_charged_in_thousands |
| 2.13 | each increment was rounded | FAULTS::test_a_minute_by_the_second_costs_the_price_of_a_minute |
| 2.14 | "90/60" meant two things | FAULTS::test_increments_mean_one_thing_and_a_tariff_may_say_the_other |
| 2.15 | bundle minutes were charged, or counted twice | ALLOWANCES::test_a_bundle_pays_and_is_shown_with_the_call |
| 2.16 | a record hid the included seconds | ALLOWANCES::test_a_bundle_pays_and_is_shown_with_the_call |
| 2.17 | a price changed by being looked at | FAULTS::test_a_price_is_the_same_after_it_was_looked_at_and_saved |
| 2.18 | nobody knew whose price an "origination rate" was | billing/test_peers_faults.py::test_no_word_of_ours_is_the_trades_riddle |
| 2.19 | costs rose, prices stayed | FAULTS::test_a_loss_is_refused_only_where_the_guard_is_on_and_equal_is_no_loss |
| 2.20 | a reseller was charged, its customer not | services/prices/test_trade.py::test_a_level_that_runs_dry_stops_all_below_three_levels_deep |
| 2.21 | one price list a customer and nothing beside it | ALLOWANCES::test_special_rates_lie_over_the_tariff_and_the_rest_follows_it |
| 2.22 | a booth's call without a price was missing from the bill | services/call_shop/test_sessions.py::test_no_price_is_no_call |
| 2.23 | any clerk could charge any booth | services/call_shop/test_sessions.py::test_a_clerk_of_another_shop_finds_nothing |
| 2.25 | last rows were lost behind a blank one | billing/test_deck_guess.py::test_a_header_said_again_and_blank_lines_are_passed_over |
| 2.25b | an import could not be taken back | services/decks/test_decks.py::test_an_import_is_undone |
| 2.26 | pages of records timed out | store/test_call_search.py::test_every_walk_uses_its_index |
| 2.29 | lines of others on an invoice | services/money/test_invoice_properties.py::test_nothing_is_told_twice_and_no_number_is_missing |
| 2.30 | calls at the edge of a month were missing | services/money/test_invoices.py::test_a_period_ends_before_its_boundary_in_the_customers_zone |
| 2.32 | an upgrade stopped billing | store/test_upgrade.py |
| 2.36 | a number that was dialled was run as SQL | store/test_call_search.py::test_pages_and_sums_are_what_a_plain_look_finds |
| 2.39 | a busy callee was rung once a trunk | sip/test_call.py::test_busy_is_told_as_it_is |
| 2.40 | the low-balance e-mail came once a day | services/test_spending.py::test_a_low_balance_is_told_once_a_crossing |
| 4.1 | a whole minute had to be affordable whatever the increment | billing/test_credit.py::test_the_vectors_that_others_get_wrong |
| 4.2 | seconds were added to a duration | billing/test_peers_faults.py::test_nothing_is_ever_added_to_a_duration |
| 4.3 | a package covered the whole call or none of it | billing/test_bundle.py |
| 4.4 | two calls each saw the whole balance | billing/test_credit.py::test_thirty_calls_on_money_for_two |
| 4.5 | one call, four prices | FAULTS::test_increments_mean_one_thing_and_a_tariff_may_say_the_other |
| 4.5b | 0.15 could not buy 0.15, by binary fractions | billing/test_peers_faults.py::test_the_last_cent_buys_the_whole_block |
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.billing.rate import Price
from appliance.billing.rating import Rules, Terms, affordable_ms, charge
from appliance.money import parse_amount

TESTS = Path(__file__).parents[1]
NAMED = {"FAULTS": "services/prices/test_faults_of_others.py", "ALLOWANCES": "services/prices/test_allowances.py"}
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in (__doc__ or "").splitlines() if re.match(r"\| \d", line)]


def terms(price: str, fee: str, first: int, then: int) -> Terms:
    return Terms(Price(1, 1, "49", "Germany", parse_amount(price), parse_amount(fee), first, then), Rules(1, "retail", "EUR"))


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_fault_has_a_test_that_is_there(row: list[str]) -> None:
    file, _, name = row[2].partition("::")
    text = (TESTS / NAMED.get(file, file)).read_text(encoding="utf-8")
    assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), row[2]


def test_the_table_was_read() -> None:
    assert len(ROWS) > 30
    assert len({row[0] for row in ROWS}) == len(ROWS)


def test_nothing_is_ever_added_to_a_duration() -> None:
    by_second, by_block = terms("0.60", "0", 1, 1), terms("0.60", "0", 30, 6)
    for milliseconds, seconds, block in ((1, 1, 30), (1000, 1, 30), (1001, 2, 30), (30_000, 30, 30), (30_001, 31, 36), (36_000, 36, 36)):
        assert charge(by_second, milliseconds).billed_seconds == seconds
        assert charge(by_block, milliseconds).billed_seconds == block
    assert charge(by_second, 0).amount_micros == 0


def test_the_last_cent_buys_the_whole_block() -> None:
    asked = terms("0.10", "0.05", 60, 60)
    assert charge(asked, 60_000).amount_micros == parse_amount("0.15")
    assert affordable_ms(asked, parse_amount("0.15")) == 60_000
    assert affordable_ms(asked, parse_amount("0.19")) == 60_000
    assert affordable_ms(asked, parse_amount("0.149999")) == 0


def test_no_word_of_ours_is_the_trades_riddle() -> None:
    catalogue = (TESTS.parent / "resources" / "translations" / "es" / "tollhouse.po").read_text(encoding="utf-8")
    said = [line for line in catalogue.splitlines() if line.startswith("msgid ")]
    assert len(said) > 500
    for word in ("origination", "termination rate"):
        assert not [line for line in said if word in line.casefold()], word
