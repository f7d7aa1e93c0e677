"""Links that a phone is set up by: made, shown once with a QR code, taken back."""

from __future__ import annotations

from typing import Any

from appliance.errors import NotFound, UserError
from appliance.web import templates
from appliance.web.pages_account import with_scopes
from appliance.web.pages_sign_in import again
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to
from appliance.wire.provisioning import HOURS, NAMES, ProvisioningCreate, ProvisioningLinks, ProvisioningList, ProvisioningMade
from appliance.wire.shapes import ById


class LinkPages:
    """Of the customer's own phones."""

    def __init__(self, site: Pages) -> None:
        self._ask = site.backend.ask
        site.add(Page("/phones/{id}/link", self.link, writes=True), Page("/phones/{id}/link/revoke", self.revoke, writes=True))

    async def link(self, visit: Visit) -> Answer:
        """The phone's links, and the form of a new one; its address is on the page that answers the form and nowhere else."""
        actor = with_scopes(visit.signed_in, "endpoints.reveal")
        endpoint = await self._ask(actor, "endpoints.get", ById(visit.whole("id")))
        listed: ProvisioningLinks = await self._ask(actor, "provisioning.list", ProvisioningList(endpoint.id))
        values: dict[str, Any] = {"endpoint": endpoint, "links": listed.links, "makers": NAMES, "made": None, "code": "", "hours": HOURS}
        if not visit.posted:
            return Answer(templates.page(visit, "phone_link", **values))
        try:
            asked = ProvisioningCreate(endpoint.id, visit.text("maker", 20), mac=visit.text("mac", 40))
            made: ProvisioningMade = await self._ask(actor, "provisioning.create", asked)
        except UserError as error:
            return again(visit, "phone_link", error, **values)
        return Answer(templates.page(visit, "phone_link", **{**values, "made": made, "code": _code(made.url), "links": [made.link, *listed.links]}))

    async def revoke(self, visit: Visit) -> Answer:
        """A link of this phone is good for nothing any more."""
        actor = with_scopes(visit.signed_in, "endpoints.reveal")
        endpoint = await self._ask(actor, "endpoints.get", ById(visit.whole("id")))
        if visit.posted:
            listed: ProvisioningLinks = await self._ask(actor, "provisioning.list", ProvisioningList(endpoint.id))
            wanted = visit.whole("link")
            if wanted not in {each.id for each in listed.links}:
                raise NotFound("provisioning.unknown")
            await self._ask(actor, "provisioning.revoke", ById(wanted))
        return to(f"/phones/{endpoint.id}/link")


def _code(url: str) -> str:
    """A QR code as markup."""
    import segno

    return str(segno.make(url, error="m", micro=False).svg_inline(scale=4, border=4, svgclass="code", light="#fff"))
