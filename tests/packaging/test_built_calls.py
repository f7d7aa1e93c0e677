"""The first billed call, through a carrier, made by the built program."""

from __future__ import annotations

import pytest

from tests.stories.conftest import appliance, peers  # noqa: F401
from tests.stories.test_first_billed_call import test_calls_through_a_carrier_agree_with_the_table  # noqa: F401

pytestmark = [pytest.mark.needs("objdump", "sipp"), pytest.mark.usefixtures("as_built")]
