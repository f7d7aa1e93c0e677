"""Endpoints: what a phone is set up with, its password, where its calls go when nobody answers."""

from __future__ import annotations

import re

import msgspec

from appliance.errors import UserError
from appliance.web import templates
from appliance.web.pages_account import with_scopes
from appliance.web.pages_sign_in import again
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to
from appliance.wire.documents import SheetPrint
from appliance.wire.endpoints import EndpointUpdate, EndpointView, Forwarding
from appliance.wire.shapes import ById


class PhonePages:
    """The customer's own endpoints."""

    def __init__(self, site: Pages) -> None:
        self._ask = site.backend.ask
        self._ins = site.sign_ins
        site.add(
            Page("/phones", self.phones),
            Page("/phones/{id}", self.phone, writes=True),
            Page("/phones/{id}/password", self.password, writes=True),
            Page("/phones/{id}/sheet.pdf", self.sheet),
            Page("/phones/{id}/code.svg", self.code),
        )

    async def phones(self, visit: Visit) -> Answer:
        """All of them, with whether they are on."""
        visitor = visit.signed_in
        customer = await self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
        return Answer(templates.page(visit, "phones", endpoints=customer.endpoints))

    async def phone(self, visit: Visit) -> Answer:
        """One: its settings; forwarding and name may be changed."""
        visitor = visit.signed_in
        view = await self._ask(visitor.actor, "endpoints.get", ById(visit.whole("id")))
        secret = await self._ask(with_scopes(visitor, "endpoints.reveal"), "endpoints.reveal", ById(view.id))
        values = {"endpoint": view, "secret": secret, "saved": visit.text("saved") == "1", "shown": visit.text("show") == "1"}
        if not visit.posted:
            return Answer(templates.page(visit, "phone", **values))
        forwarding = Forwarding(
            **{name: re.sub(r"[^0-9+*#]", "", visit.text(name, 40)) for name in ("always", "busy", "no_answer", "unregistered")},
            no_answer_seconds=min(max(visit.whole("no_answer_seconds", 20), 5), 120),
        )
        asked = EndpointUpdate(view.id, version=view.version, display_name=visit.text("display_name", 40), forwarding=forwarding)
        try:
            await self._ask(with_scopes(visitor, "endpoints.write"), "endpoints.update", asked)
        except UserError as error:
            return again(visit, "phone", error, **values)
        return to(f"/phones/{view.id}", saved="1")

    async def password(self, visit: Visit) -> Answer:
        """A new password for the phone: the one that is typed, or a made one."""
        visitor = visit.signed_in
        view: EndpointView = await self._ask(visitor.actor, "endpoints.get", ById(visit.whole("id")))
        if visit.posted:
            password = visit.typed.get("password", "").strip() or self._ins.make_password()
            asked = msgspec.structs.replace(EndpointUpdate(view.id, version=view.version), password=password)
            try:
                await self._ask(with_scopes(visitor, "endpoints.write"), "endpoints.update", asked)
            except UserError as error:
                secret = await self._ask(with_scopes(visitor, "endpoints.reveal"), "endpoints.reveal", ById(view.id))
                return again(visit, "phone", error, endpoint=view, secret=secret, saved=False, shown=False)
        return to(f"/phones/{view.id}", show="1", saved="1")

    async def sheet(self, visit: Visit) -> Answer:
        """The settings sheet as a file."""
        actor = with_scopes(visit.signed_in, "endpoints.reveal")
        document = await self._ask(actor, "endpoints.sheet", SheetPrint(visit.whole("id"), with_password=True, language=visit.words.language))
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    async def code(self, visit: Visit) -> Answer:
        """The QR code for soft phones."""
        import io

        import segno

        secret = await self._ask(with_scopes(visit.signed_in, "endpoints.reveal"), "endpoints.reveal", ById(visit.whole("id")))
        text = f"sip:{secret.auth_name}:{secret.password or ''}@{secret.server}:{secret.port};transport={secret.transport}"
        out = io.BytesIO()
        segno.make(text, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True)
        return Answer(out.getvalue(), 200, "image/svg+xml")
