"""What can be asked about customers' own pages: first page and spending, letters, payments at a provider."""

from __future__ import annotations

from appliance.wire import cdrs, letters, online, overview
from appliance.wire.messages import MessagePreview
from appliance.wire.operation import Operation
from appliance.wire.shapes import Binary, ById

WEB = (
    Operation("customers.overview", "GET", "/customers/{id}/overview", ById, overview.Overview, "calls.read"),
    Operation("customers.spending", "GET", "/customers/{id}/spending", ById, overview.Spending, "customers.read"),
    Operation("customers.set_spending", "PATCH", "/customers/{id}/spending", overview.SpendingSet, overview.Spending, "customers.write"),
    Operation("cdrs.print", "POST", "/cdrs/print", cdrs.CdrPrint, Binary, "calls.read"),
    Operation("messages.count", "POST", "/messages/letters/count", letters.LetterSelection, letters.LetterCount, "messages.send"),
    Operation("messages.letter_preview", "POST", "/messages/letters/preview", letters.LetterPreview, MessagePreview, "messages.send"),
    Operation("messages.send_letter", "POST", "/messages/letters", letters.LetterSend, letters.LetterView, "messages.send"),
    Operation("messages.letters", "GET", "/messages/letters", letters.LetterList, letters.LetterPage, "messages.read"),
    Operation("messages.of_customer", "GET", "/messages/of-customer/{id}", letters.CustomerLetters, letters.CustomerLetterPage, "messages.read"),
    Operation("online_payments.list", "GET", "/online-payments", online.OnlineList, online.OnlinePage, "payments.read"),
)
