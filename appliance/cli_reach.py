"""How a command reaches the services: through the running server of the folder, or by opening the store itself.

A running server says in DIR/control.json where its owner's door is. Without one the store is opened here, under the
folder's lock, so that two never write at once.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from appliance import config, paths
from appliance.control_client import Remote, control_of
from appliance.errors import EnvironmentFault, UserError
from appliance.wire import codec
from appliance.wire.operations import OPERATIONS

STARTING_SECONDS = 5.0  # a server that has the lock and no open door yet is waited for so long


class Reach(Protocol):
    """One operation of the API, as the folder's owner."""

    def do(self, operation: str, request: object = None) -> Any:
        """The reply as dicts, lists and texts. `request`: a wire request, or what JSON would say. Raises as services do."""
        ...


class Local:
    """The store opened here. Operations that need a running server are refused with server.not_running."""

    def __init__(self, services: Any) -> None:
        from appliance.api.bindings import bind

        self._bound = bind(services)

    def do(self, operation: str, request: object = None) -> Any:
        """The same operation on our own store."""
        from appliance.api.auth import Asked
        from appliance.api.bindings import Later
        from appliance.services.ground.access import folder_owner

        found = OPERATIONS.get(operation)
        if found is None:
            raise UserError("operation.unknown", name=operation)
        ask = request if isinstance(request, found.request) else codec.decode(codec.encode({} if request is None else request), found.request)
        reply = self._bound[operation](Asked(folder_owner()), ask)
        while isinstance(reply, Later):
            result = reply.work()
            reply = result if reply.then is None else reply.then(result)
        return codec.plain(reply)


def running(folder: paths.DataFolder) -> Remote | None:
    """The door of a server that holds the folder now; None where none does. One that just starts is waited for."""
    from appliance.store.lock import in_use

    end = time.monotonic() + STARTING_SECONDS
    while in_use(folder.root):
        remote = control_of(folder)
        if remote is not None:
            return remote
        if time.monotonic() > end:
            raise EnvironmentFault("store.in_use", path=folder.root)
        time.sleep(0.05)
    return None


@contextmanager
def services_of(folder: paths.DataFolder) -> Iterator[Any]:
    """Services over the folder's own store, which is made where it is missing; closed at the end."""
    from appliance.clock import SystemClock
    from appliance.services.ground.settings import Settings
    from appliance.services.services import Services
    from appliance.store.store import Store

    clock = SystemClock()
    with Store(folder.root, clock) as store:
        config.write_first_file(folder.configuration)
        yield Services(store, clock, Settings(defaults=config.defaults()), os.urandom)


@contextmanager
def reach(options: argparse.Namespace, *, make: bool = False) -> Iterator[Reach]:
    """The way to the services of `--data DIR`: the running server's door, or our own store, made only where `make` is said."""
    folder = paths.data_folder(options.data)
    remote = running(folder)
    if remote is not None:
        yield remote
        return
    if not make and not folder.database.exists():
        raise EnvironmentFault("database.missing", path=folder.database)
    with services_of(folder) as services:
        yield Local(services)
