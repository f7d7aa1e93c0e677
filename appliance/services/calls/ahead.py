"""What of an operation may be done before it in a thread: reading large texts, and hashing, which is slow on purpose.

The result is given to the operation as its last argument. Nothing here touches the writer's connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appliance.services.ground.passwords import Hashes

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns

Work = Callable[[Any], Any]


def table(nouns: Nouns) -> dict[str, Work]:
    """{operation: work(request) -> its last argument}; operations that are not here have nothing to do ahead."""

    def hashed(request: Any) -> Hashes:
        return Hashes().prepare_fresh(request.password)

    def approved(request: Any) -> Hashes:
        return nouns.call_shop.approvals.ahead(request.approval)

    return {
        "description.apply": lambda request: nouns.description.prepare(request.text.encode()),
        "operators.sign_in": nouns.sign_ins.ahead,
        "operators.redeem": hashed,
        "operators.create": hashed,
        "operators.update": hashed,
        "pins.set": nouns.call_shop.approvals.ahead_of_set,
        **dict.fromkeys(("bills.discount", "bills.forgive", "bills.write_off", "bills.refund", "shifts.close", "shifts.report"), approved),
    }
