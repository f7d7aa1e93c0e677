"""SIP passwords: sealed for showing, HA1 for checking, one HA1 pair a realm (sip.md, Registrar).

The realm is the SIP domain of the endpoint's reseller. A changed domain gives every endpoint a further pair; the old
realm stays valid until it is ended.
"""

from __future__ import annotations

import base64

from appliance.errors import UserError
from appliance.services.ground.passwords import LONGEST, ha1, make_password
from appliance.services.ground.put_away import SECRETS, PutAway
from appliance.services.ground.room import Room
from appliance.store.endpoints import Endpoint, Secret


class SipSecrets:
    """Works inside the open unit of work; notes the endpoints that it changes."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._endpoints = room.store.endpoints
        self._put_away = PutAway(room)

    def made(self) -> str:
        """A new random password."""
        return make_password(self._room.random_bytes)

    def set(self, endpoint_id: int, auth_name: str, realm: str, password: str) -> None:
        """The password of an endpoint: sealed, and its HA1s in one realm."""
        self._put(endpoint_id, auth_name, realm, password)
        self._endpoints.update(endpoint_id, {"password_sealed": self._room.sealer.seal(password, purpose(endpoint_id))})

    def set_ha1(self, endpoint: Endpoint, realm: str, md5: str) -> None:
        """Only a digest of the password is known (moved in from another system): the phone is asked for MD5 alone, in this realm alone."""
        if endpoint.password_sealed is None and any(each.realm == realm and each.ha1_md5 == md5 for each in self._endpoints.secrets(endpoint.id)):
            return
        self._endpoints.remove_secrets(endpoint.id)
        self._endpoints.put_secret(Secret(endpoint.id, realm, md5, "", None))
        self._endpoints.update(endpoint.id, {"password_sealed": None})
        self._room.changes.note("endpoint", endpoint.id)

    def replace(self, endpoint: Endpoint, realm: str, password: str | None) -> None:
        """Another password, or none (the phone cannot register any more): in the present realm, and the old ones end."""
        self._endpoints.remove_secrets(endpoint.id)
        if password is None:
            self._endpoints.update(endpoint.id, {"password_sealed": None})
        else:
            self.set(endpoint.id, endpoint.auth_name, realm, password)
        self._room.changes.note("endpoint", endpoint.id)

    def put_away(self, endpoint: Endpoint) -> None:
        """The phone cannot register any more; its password is kept apart for a while, sealed, in case it is restored."""
        sealed = "" if endpoint.password_sealed is None else base64.b64encode(endpoint.password_sealed).decode()
        self._put_away.keep(SECRETS, endpoint.id, {"sealed": sealed, "pairs": [list(each) for each in self._endpoints.secrets(endpoint.id)]})
        self.replace(endpoint, "", None)

    def bring_back(self, endpoint: Endpoint, realm: str) -> bool:
        """The password of before, also in a realm that is new since; whether it was still kept."""
        kept = self._put_away.take(SECRETS, endpoint.id)
        if not kept:
            return False
        for each in kept["pairs"]:
            self._endpoints.put_secret(Secret(*each))
        if kept["sealed"]:
            sealed = base64.b64decode(kept["sealed"])
            self._endpoints.update(endpoint.id, {"password_sealed": sealed})
            self._put(endpoint.id, endpoint.auth_name, realm, self._room.sealer.open(sealed, purpose(endpoint.id)))
        return True

    def is_set(self, endpoint: Endpoint, realm: str, password: str) -> bool:
        """Whether the endpoint has exactly this password in this realm."""
        wanted = ha1(endpoint.auth_name, realm, password)[0]
        return any(each.realm == realm and each.ha1_md5 == wanted for each in self._endpoints.secrets(endpoint.id))

    def reveal(self, endpoint: Endpoint) -> str | None:
        """The password itself, for a settings sheet; whoever shows it audits that."""
        return None if endpoint.password_sealed is None else self._room.sealer.open(endpoint.password_sealed, purpose(endpoint.id))

    def new_realm(self, reseller_id: int, realm: str) -> int:
        """Every endpoint of the reseller gets HA1s for a further realm; how many. Needs the sealed passwords."""
        count = 0
        for customer in self._room.store.customers.list(reseller_id):
            for endpoint in self._endpoints.list(customer.id):
                password = self.reveal(endpoint)
                if password is not None:
                    self._put(endpoint.id, endpoint.auth_name, realm, password)
                    self._room.changes.note("endpoint", endpoint.id)
                    count += 1
        return count

    def phones(self, reseller_id: int) -> int:
        """How many endpoints of a reseller have a password."""
        return sum(
            endpoint.password_sealed is not None
            for customer in self._room.store.customers.list(reseller_id)
            for endpoint in self._endpoints.list(customer.id)
        )

    def _put(self, endpoint_id: int, auth_name: str, realm: str, password: str) -> None:
        md5, sha256 = ha1(auth_name, realm, password)
        self._endpoints.put_secret(Secret(endpoint_id, realm, md5, sha256, None))


def purpose(endpoint_id: int) -> str:
    """What a sealed SIP password is bound to."""
    return f"endpoint:{endpoint_id}"


def check_password(password: str, field: str = "password", shortest: int = 1) -> str:
    """A password that SIP can carry; UserError "password.wrong" for an empty one, one with control characters, or too long a one."""
    if not shortest <= len(password) <= LONGEST or any(ord(letter) < 32 for letter in password):
        raise UserError("password.wrong", field=field, shortest=shortest, longest=LONGEST)
    return password
