"""Commands that stay: the server in the foreground, and the media relay that it starts."""

from __future__ import annotations

import argparse
import gc


def serve(options: argparse.Namespace) -> int:
    """The server alone, in the foreground, until it is told to stop; prints one line when every listener is open."""
    from appliance import config, logs, paths  # the relay, whose first call waits for its start, needs none of them

    folder = paths.data_folder(options.data)
    gc.disable()  # what a start makes stays; searching it for garbage costs a tenth of the start. The server collects once it is ready.
    configuration = config.load(folder, options.set, sip=options.sip, web=options.web, media=options.media, drain=options.drain)
    from appliance.server_start import leave_asyncio_out

    leave_asyncio_out()
    from appliance import server

    boot = configuration.boot
    logs.set_up(
        folder.logs,
        level=str(boot["log.level"]),
        file_megabytes=int(str(boot["log.file_megabytes"])),
        files=int(str(boot["log.files"])),
    )
    return server.serve(configuration)


def relay(options: argparse.Namespace) -> int:
    """The media relay; it speaks with the server that started it and ends with it."""
    from appliance.sip import media_relay

    return media_relay.run(options.control)
