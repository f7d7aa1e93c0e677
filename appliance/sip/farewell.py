"""The end of a dialog: our BYE, until it is answered or nobody answers (RFC 3261 15.1.1)."""

from __future__ import annotations

from msgspec import Struct

from appliance.sip.another_way import turn
from appliance.sip.challenge import Account, answered, with_credentials
from appliance.sip.dialog import Dialog
from appliance.sip.exchange import Exchange
from appliance.sip.message import Request, Response, response_to
from appliance.sip.transaction import ClientTransaction, ServerTransaction


def say_bye(exchange: Exchange, dialog: Dialog, account: Account | None, reason: str, now: float, endpoint: int | None = None) -> None:
    """Send BYE; `reason` is the value of its Reason header (RFC 3326), "" for none; `endpoint`: whose phone hears it."""
    request = dialog.request("BYE")
    if reason:
        request.headers.append(("Reason", reason))
    farewell = Farewell(exchange, dialog, account, endpoint)
    exchange.owners[dialog.local_tag] = farewell
    exchange.layer.request(request, dialog.flow, now, farewell)


class Farewell(Struct, eq=False):
    """Keeps the dialog known while its BYE is under way, so that a BYE that crosses it is answered as one."""

    exchange: Exchange
    dialog: Dialog
    account: Account | None
    endpoint: int | None
    turned: bool = False  # it went another way already
    tried: bool = False

    def owns(self, request: Request) -> bool:
        return request.call_id == self.dialog.call_id

    def _over(self) -> None:
        owners = self.exchange.owners
        if owners.get(self.dialog.local_tag) is self:
            del owners[self.dialog.local_tag]

    def on_response(self, tx: ClientTransaction, response: Response, now: float) -> None:
        """Any final answer ends it; a trunk may want credentials first."""
        if response.status < 200:
            return
        if response.status in (401, 407) and not self.tried:
            self.tried = True
            header = answered(self.account, response, tx.request, False)
            if header is not None:
                self.dialog.local_cseq += 1
                again = with_credentials(tx.request, header, self.dialog.local_cseq)
                self.exchange.layer.request(again, self.dialog.flow, now, self)
                return
        self._over()

    def on_timeout(self, tx: ClientTransaction, now: float) -> None:
        """A BYE without answer ends the dialog all the same."""
        self._over()

    def on_transport_error(self, tx: ClientTransaction, now: float) -> None:
        """So does one that cannot be delivered by any way."""
        if not self.turned and turn(self.exchange, self.dialog, self.endpoint):
            self.turned = True
            self.exchange.layer.request(tx.request.copy(), self.dialog.flow, now, self)
            return
        self._over()

    def on_request(self, tx: ServerTransaction, request: Request, now: float) -> None:
        """BYE crossing BYE is well; all else comes too late."""
        tx.respond(response_to(request, 200 if request.method == "BYE" else 481), now)

    def on_ack(self, request: Request, now: float) -> None:
        """The ACK of an answer that no longer matters."""
