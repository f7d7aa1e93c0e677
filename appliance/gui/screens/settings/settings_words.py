"""Settings as a person reads them: a name for each key, words for its choices."""

from __future__ import annotations

from typing import Any

from appliance.gui import words
from appliance.gui.screens.settings.settings_catalogue import Setting
from appliance.gui.words import _, count


def titles() -> dict[str, str]:
    """{key: name}."""
    return {**_of_web(), **_of_work(), **_of_keeping(), **_of_guard(), **_of_online()}


def _of_keeping() -> dict[str, str]:
    return {
        "retention.call_days": _("Numbers in call records, days"),
        "retention.registration_days": _("Past registrations, days"),
        "retention.guest_days": _("Notes about guests, days"),
        "retention.audit_days": _("Values in the audit log, days"),
        "retention.document_years": _("Buyers on invoices, years"),
        "retention.trace_hours": _("Messages of calls, hours"),
        "retention.log_days": _("Old log files, days"),
        "retention.backup_days": _("Backups in the data folder, days"),
        "checks.stun_server": _("STUN server of the self-check"),
        "exchange_rates.fetch": _("Fetch the bank's rates every day"),
        "exchange_rates.source": _("Where the bank's rates are fetched"),
        "metrics.token": _("Token for /metrics"),
        "webhooks.allow_near": _("Webhooks may go to this network"),
        "summary.hour": _("Hour of the daily summary"),
        "alerts.disk_megabytes": _("Warn of less free disk, megabytes"),
    }


def _of_guard() -> dict[str, str]:
    """Of the fuse and of the watch of trunks."""
    return {
        "guard.hour_floor": _("Least that trips the fuse in an hour"),
        "guard.day_floor": _("Least that trips the fuse in 24 hours"),
        "guard.risk_floor": _("Most for high-risk numbers in an hour"),
        "guard.shop_hour_floor": _("Call shop: least that trips the fuse in an hour"),
        "guard.shop_day_floor": _("Call shop: least that trips the fuse in 24 hours"),
        "guard.night": _("Night hours"),
        "guard.night_percent": _("Percent of the floors at night"),
        "guard.new_countries": _("First calls to countries in an hour"),
        "guard.fuse_ends_calls": _("A tripped fuse ends running calls"),
        "trunks.watch_minutes": _("Minutes that a trunk is judged by"),
        "trunks.rest": _("Failing trunks rest"),
        "trunks.rest_calls": _("Calls needed to judge a trunk"),
        "trunks.rest_percent": _("Failed calls before a rest, percent"),
        "trunks.rest_seconds": _("First rest, seconds"),
        "trunks.short_seconds": _("Very short calls last less than, seconds"),
        "trunks.short_percent": _("Very short calls before an alert, percent"),
        "trunks.dead_percent": _("Calls without sound before an alert, percent"),
        "trunks.refund_dead_air": _("Give calls without sound back"),
    }


def _of_online() -> dict[str, str]:
    return {
        "online.stripe_key": _("Stripe: secret key"),
        "online.stripe_webhook_secret": _("Stripe: secret of the webhook"),
        "online.stripe_address": _("Stripe: address"),
        "online.paypal_client": _("PayPal: client id"),
        "online.paypal_secret": _("PayPal: secret"),
        "online.paypal_webhook": _("PayPal: id of the webhook"),
        "online.paypal_address": _("PayPal: address"),
        "online.least": _("Smallest online payment"),
        "online.most": _("Largest online payment"),
        "online.most_a_day": _("Online payments of a customer in 24 hours"),
        "online.most_a_card": _("Online payments of a card in 24 hours"),
        "online.risk_wait_hours": _("Hours without high-risk destinations after a first payment"),
        "mail.price_rise_days": _("Tell customers of dearer prices, days ahead"),
    }


def _of_web() -> dict[str, str]:
    """Of the pages' listener and its certificates."""
    return {
        "web.proxies": _("Proxies that are believed"),
        "acme.enabled": _("Get certificates from an authority"),
        "acme.directory": _("Address of the authority"),
        "acme.email": _("E-mail for the authority"),
        "acme.roots": _("Certificates of a private authority"),
        "web.session_hours": _("Customers' pages: signed out after idle hours"),
    }


def _of_work() -> dict[str, str]:
    return {
        "sip.check_uri": _("Refuse foreign domains"),
        "sip.local_networks": _("Networks on our side"),
        "sip.aliases": _("More names of ours"),
        "sip.digest_algorithms": _("Password digests"),
        "sip.max_calls": _("Calls at once"),
        "sip.ring_seconds": _("Longest ringing, seconds"),
        "registrar.minimum_expires": _("Shortest registration, seconds"),
        "registrar.maximum_expires": _("Longest registration, seconds"),
        "registrar.default_expires": _("Usual registration, seconds"),
        "guard.enabled": _("Guard against break-ins"),
        "guard.exempt": _("Networks never shut out"),
        "guard.guesses": _("Wrong passwords before silence"),
        "guard.requests": _("Requests in two seconds before silence"),
        "guard.ban_seconds": _("First silence, seconds"),
        "media.silence_before_answer": _("Silence before the answer, seconds"),
        "media.silence_after_answer": _("Silence after the answer, seconds"),
        "store.commit_wait": _("Longest wait for the disk, seconds"),
        "api.requests_per_second": _("API requests a second"),
        "backup.copy_to": _("Folder of the second copy"),
        "emergency.numbers": _("Emergency numbers"),
        "calls.low_credit_seconds": _("Warning tone before the credit ends, seconds"),
        "calls.heartbeat_seconds": _("Running calls are noted every … seconds"),
        "numbers.rest_months": _("Released numbers rest, months"),
        "alerts.low_balance": _("Low balance"),
        "operators.session_hours": _("Sign-in ends after hours without use"),
        "operators.stay_days": _("Staying signed in ends after days without use"),
        "lan.announce": _("Be found on the local network"),
        "service_numbers.balance": _("Balance number"),
        "service_numbers.echo": _("Echo number"),
        "announcements.no_credit": _("Announce that the credit is used up"),
        "announcements.language": _("Language of announcements"),
        "sip.check_certificates": _("Check the carriers' certificates"),
        "fees.suspend_after_days": _("Unpaid fees stop a service after days"),
        "carriers.alarm_hours": _("Warn of carrier credit that lasts fewer hours than"),
        "mail.host": _("E-mail server"),
        "mail.port": _("Port"),
        "mail.security": _("Encryption"),
        "mail.check_certificate": _("Check the server's certificate"),
        "mail.username": _("User name"),
        "mail.password": _("Password"),
        "mail.sender": _("Sender's address"),
        "mail.give_up_hours": _("Give up after hours"),
        "phones.server": _("SIP server that phones are told"),
        "phones.port": _("SIP port that phones are told"),
        "phones.transport": _("Transport that phones are told"),
        "documents.paper": _("Paper"),
        "taxes.vat_service": _("Service that knows VAT numbers"),
        "documents.receipt_paper": _("Paper of receipts"),
        "documents.email_invoices": _("Send invoices by e-mail"),
    }


def title(setting: Setting) -> str:
    """The name of a setting; one without a name is called by its key."""
    return titles().get(setting.key, setting.key)


def about(setting: Setting) -> str:
    """What it does, and its default."""
    said = words._(setting.about)
    if setting.kind == "secret":
        return said
    return _("{about} Default: {default}.", about=said, default=shown(setting, setting.default) or _("none"))


def shown(setting: Setting, value: Any) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, int):
        return count(value)
    return choice(str(value)) if setting.choices else str(value)


def choice(value: str) -> str:
    """A choice in words; names of the trade stand as they are."""
    known = {"starttls": "STARTTLS", "tls": "TLS", "none": _("None"), "udp": "UDP", "tcp": "TCP"}
    return known.get(value) or dict(words.languages()).get(value, value)
