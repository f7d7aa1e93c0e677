"""What can be asked about the health of a server and about the persons it knows."""

from __future__ import annotations

from appliance.wire import checks, privacy, registration
from appliance.wire.operation import Nothing, Operation
from appliance.wire.shapes import Binary, ById

KEEPING = (
    Operation("server.check", "GET", "/server/check", Nothing, checks.Checks, "settings.read"),
    Operation("customers.person", "POST", "/customers/{id}/person", ById, Binary, "persons.export"),
    Operation("customers.erase", "POST", "/customers/{id}/erase", privacy.PersonErase, privacy.PersonErased, "persons.erase"),
    Operation("disclosures.make", "POST", "/disclosures", privacy.DisclosureRequest, privacy.Disclosure, "persons.disclose"),
    Operation("resellers.registration", "GET", "/registration", registration.RegistrationGet, registration.RegistrationRules, "resellers.read"),
    Operation(
        "resellers.set_registration", "PATCH", "/registration", registration.RegistrationSet, registration.RegistrationRules, "resellers.write"
    ),
)
