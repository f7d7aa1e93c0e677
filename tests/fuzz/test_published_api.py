"""schemathesis finds nothing in a running server that has run most operations once; `python dev.py api` tries for a quarter of an hour."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.wire.operations import FOLDER_OWNER, OPERATIONS
from tests.fuzz import published_api
from tests.fuzz.published_api import World
from tests.fuzz.published_world import NEVER


def test_every_answer_is_as_published(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        assert world.play() == []
        open_to_all = {name for name, row in OPERATIONS.items() if row.permission != FOLDER_OWNER}
        assert not open_to_all - world.answered - NEVER, "an operation that is never answered here: add it to published_world"
        token = world.program()
        slow = ["--exclude-operation-id", "backups.make"]  # each copies and checks the whole shop; the long run has it
        done = published_api.run(world, token, tmp_path, "--phases", "coverage", *slow)
        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
        tried = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
        assert tried is not None and int(tried[1]) > 10_000 and tried[1] == tried[2], done.stdout[-2000:]
        assert world.may_still_ask(token), "the token was not good to the end: little was tried"
        world.server.assert_clean_log()
    finally:
        world.server.stop()
