"""The wording of e-mails: built in, or a reseller's own in place of it, a language at a time (product.md S13)."""

from __future__ import annotations

import json

import msgspec

from appliance import i18n
from appliance.errors import UserError
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.mail.email_text import FIELDS, Template, built_in, check, fields_of
from appliance.store.resellers import Reseller
from appliance.wire.messages import TemplateList, TemplatePage, TemplateSet, TemplateView


class EmailTemplates:
    """Own wordings are settings in the reseller's scope: "email.NAME.LANGUAGE"."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._settings = room.store.settings
        self._access = access
        self._lookups = lookups
        self._audit = audit

    def of(self, reseller_id: int, name: str, language: str) -> Template:
        """What is sent: the reseller's own wording, else the built-in one."""
        return self._own(reseller_id, name, language) or built_in(name, language)

    def wording(self, reseller: Reseller, name: str, language: str, given: Template) -> Template:
        """`given` with what it leaves empty taken from what is kept; checked."""
        kept = self.of(reseller.id, name, checked_language(language))
        return check(name, Template(given.subject or kept.subject, given.text or kept.text, given.html or kept.html))

    def list(self, actor: Actor, request: TemplateList) -> TemplatePage:
        """Every template in every language, as it stands for the reseller."""
        reseller = self._lookups.reseller(actor, request.reseller, "templates.read")
        return TemplatePage([self._view(reseller.id, name, language) for name in FIELDS for language in i18n.languages()])

    def set(self, actor: Actor, request: TemplateSet) -> TemplateView:
        """The reseller's own wording of one e-mail in one language, or back to the built-in one."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "templates.write")
            language = checked_language(request.language)
            fields_of(request.name)
            key, scope = _key(request.name, language), _scope(reseller.id)
            before = self._settings.get(key, scope)
            if request.subject or request.text or request.html:
                text = msgspec.json.encode(check(request.name, Template(request.subject, request.text, request.html))._asdict()).decode()
                self._settings.put(key, text, scope)
            else:
                text = None
                self._settings.remove(key, scope)
            if before != text:
                self._audit.changed(actor, "messages.set_template", "reseller", reseller.id, {key: before}, {key: text})
                self._room.changes.note("template", reseller.id)
            return self._view(reseller.id, request.name, language)

    def _own(self, reseller_id: int, name: str, language: str) -> Template | None:
        kept = self._settings.get(_key(name, language), _scope(reseller_id))
        return None if kept is None else Template(**json.loads(kept))

    def _view(self, reseller_id: int, name: str, language: str) -> TemplateView:
        own = self._own(reseller_id, name, language)
        shown = own or built_in(name, language)
        return TemplateView(name, language, own is not None, shown.subject, shown.text, shown.html, list(fields_of(name)))


def checked_language(language: str) -> str:
    """A language that there is a catalogue for; UserError language.unknown."""
    if language not in i18n.languages():
        raise UserError("language.unknown", field="language", language=language[:20], languages=", ".join(i18n.languages()))
    return language


def _key(name: str, language: str) -> str:
    return f"email.{name}.{language}"


def _scope(reseller_id: int) -> str:
    return f"reseller:{reseller_id}"
