"""The page behind a receipt's QR code: whoever holds the paper may read the bill, nobody else can guess its address."""

from __future__ import annotations

import hmac

from appliance.errors import NotFound
from appliance.services.ground.access import Actor, folder_owner
from appliance.web import templates
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit
from appliance.wire.shapes import ById

KEY_SIGNS = 16


class BillPages:
    """Open to everybody who has the key: the first digits of the receipt's place in its chain."""

    def __init__(self, site: Pages) -> None:
        self._site = site
        self._ask = site.backend.ask
        site.add(Page("/bill/{id}-{key}", self.bill, open=True))

    async def bill(self, visit: Visit) -> Answer:
        """The receipt and the lines of its bill; a wrong key counts as a guess and finds nothing."""
        self._site.limits.guess(visit.source)
        reader: Actor = folder_owner("web")
        try:
            receipt = await self._ask(reader, "till_receipts.get", ById(visit.whole("id")))
        except NotFound:
            receipt = None
        if receipt is None or not hmac.compare_digest(receipt.hash[:KEY_SIGNS], visit.text("key", KEY_SIGNS)):
            self._site.limits.refused(visit.source)
            raise NotFound("receipt.unknown")
        bill = await self._ask(reader, "bills.get", ById(receipt.bill)) if receipt.bill is not None else None
        return Answer(templates.page(visit, "bill", receipt=receipt, bill=bill))
