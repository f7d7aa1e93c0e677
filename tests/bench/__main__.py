"""Every bench once, with small bounds, in processes of their own one after the other: `python dev.py bench`.

Named benches alone: `python dev.py bench engine_call rating`. The exit code is that of the last one that failed.
"""

from __future__ import annotations

import subprocess
import sys

#: What each is started with, so that all of them together take a few minutes on a small machine.
BENCHES: dict[str, tuple[str, ...]] = {
    "rating": (),
    "engine_call": ("1000",),
    "services_call": ("--calls", "1500"),
    "whole_call": ("--calls", "200"),
    "store": (),
    "commit_hop": (),
    "shop_day": (),
    "cdr_page": ("100000",),
    "deck_import": (),
    "moving": (),
    "invoices": ("10000", "200"),
    "console_list": ("100000",),
    "console_dashboard": ("100000",),
    "console_live": (),
    "console_booths": (),
    "shop_served": (),
    "web_pages": ("300", "6", "100000"),
    "rerating": ("50000",),
    "media_relay": (),
    "sip_load": ("--phones", "2000", "--every", "6", "--seconds", "8", "--connections", "1000"),
    "served_calls": ("--rate", "100", "300", "--seconds", "5", "--held", "1000"),
}


def main() -> int:
    """The exit code."""
    named = sys.argv[1:]
    unknown = [name for name in named if name not in BENCHES]
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    code = 0
    for name in named or BENCHES:
        print(f"== {name}", flush=True)
        code = subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *BENCHES[name]], check=False).returncode or code
    return code


if __name__ == "__main__":
    sys.exit(main())
