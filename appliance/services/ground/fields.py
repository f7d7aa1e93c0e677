"""Where in a request or a file a fault lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.errors import UserError


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Faults inside name their field below this part of the request or file."""
    try:
        yield
    except UserError as error:
        error.field = f"{path}.{error.field}" if error.field else path
        raise
