"""A server's start loads neither asyncio nor OpenSSL where nothing needs them, and both are whole for who comes later."""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
import json, sys
from appliance.server_start import leave_asyncio_out
leave_asyncio_out()
import appliance.server
late = "asyncio OpenSSL twisted.web.client cryptography.x509 PIL jinja2 babel reportlab acme requests iptocc"
left_out = [name for name in late.split() if name in sys.modules]
from twisted.internet.defer import Deferred, ensureDeferred, inlineCallbacks
said = []
async def ask():
    waiting = Deferred()
    waiting.callback(41)
    return await waiting + 1
ensureDeferred(ask()).addCallback(said.append)
import asyncio
said.append(asyncio.run(asyncio.sleep(0, "real")))
print(json.dumps([left_out, said]))
"""


def test_what_is_left_out_and_that_it_works_all_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    left_out, said = json.loads(done.stdout)
    assert left_out == [] and said == [42, "real"]
