"""The service methods behind the operations of the ways in (`wire/operations_doors.py`). Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.services.door_nouns import DoorNouns
from appliance.services.ground.stepwise import Steps

Bound = Callable[..., object]
By = Callable[[Callable[..., object]], Bound]


def door_bindings(doors: DoorNouns, by: By, stepped: Callable[[Steps[Any]], object]) -> Mapping[str, Bound]:
    """`by` binds a method, `stepped` runs long work in steps."""
    return {
        "provisioning.list": by(doors.provisioning.list),
        "provisioning.create": by(doors.provisioning.create),
        "provisioning.revoke": by(doors.provisioning.revoke),
        "brands.get": by(doors.brands.get),
        "brands.set": by(lambda actor, request: stepped(doors.brands.set(actor, request))),
        "registration.waiting": by(doors.registration_queue.waiting),
        "registration.approve": by(doors.registration_queue.approve),
        "registration.refuse": by(doors.registration_queue.refuse),
        "web_sessions.list": by(doors.web_sessions.list),
        "web_sessions.end": by(doors.web_sessions.end),
        "customers.web_code": by(doors.web_codes.make),
        "summaries.receivers": by(lambda actor, request: doors.summaries.receivers(actor)),
        "summaries.receive": by(doors.summaries.receive),
        "summaries.send": by(lambda actor, request: stepped(doors.summaries.send(actor, request))),
        "webhooks.list": by(doors.webhooks.list),
        "webhooks.create": by(doors.webhooks.create),
        "webhooks.update": by(doors.webhooks.update),
        "webhooks.archive": by(doors.webhooks.archive),
        "webhooks.restore": by(doors.webhooks.restore),
        "webhooks.test": by(doors.webhooks.test),
        "webhooks.deliveries": by(doors.webhooks.deliveries),
        "webhooks.resend": by(doors.webhooks.resend),
    }
