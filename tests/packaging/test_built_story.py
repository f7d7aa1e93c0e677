"""The stories of a checkout, told again by the built program: a carrier's calls to the cent, and sound through its relay."""

from __future__ import annotations

import pytest

from tests.end2end.test_relay_calls import appliance, loop, test_a_call_survives_its_relay, trunk  # noqa: F401
from tests.packaging.conftest import Built

pytestmark = [pytest.mark.needs("objdump"), pytest.mark.usefixtures("as_built")]


def test_it_is_the_built_one_that_is_driven(as_built: Built) -> None:
    from tests.helpers.appliance import COMMAND

    assert [str(as_built.program)] == COMMAND
