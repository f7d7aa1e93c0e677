"""Commands that keep: prove the books, write everything into one file, put it back.

They work on the folder's files over connections of their own, beside a running server too, and hold it up by nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from appliance import paths
from appliance.cli_print import print_rows
from appliance.clock import SystemClock, rfc3339


def verify(options: argparse.Namespace) -> int:
    """Prove books and database; exit 1 with every fault named."""
    from appliance.services.keeping.verify import check
    from appliance.store.store import Reader

    with Reader(paths.data_folder(options.data).root) as reader, reader.snapshot():
        found = check(reader)
    for fault in found.faults:
        print(f"tollhouse: {fault.code}: {fault.what}", file=sys.stderr)
    print_rows([found], options.format)
    return 0 if found.ok else 1


def _file(options: argparse.Namespace) -> Path:
    return Path(options.file).expanduser().absolute()


def backup(options: argparse.Namespace) -> int:
    """Everything into one file, read back before it gets its name."""
    from appliance.store.backup import backup as make

    made = make(paths.data_folder(options.data).root, _file(options), SystemClock())
    print_rows([{"file": str(made.file), "bytes": made.bytes, "checksum": made.sha256, "at": rfc3339(made.at)}], "json")
    return 0


def _phrase(options: argparse.Namespace) -> str:
    """The recovery phrase: of a file, of what is piped in, or asked for without being shown."""
    if options.phrase_file:
        return Path(options.phrase_file).expanduser().read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    from getpass import getpass

    return getpass("Recovery phrase of the second copy: ").strip()


def restore(options: argparse.Namespace) -> int:
    """Put a backup back, or a second copy where a folder is named; refused while a server runs, for what is damaged and for what is newer."""
    from appliance.store.backup import restore as put_back

    place, root = _file(options), paths.data_folder(options.data).root
    if place.is_dir():
        from appliance.store.copy_restore import restore_copy

        done = restore_copy(place, _phrase(options), root, SystemClock(), as_far_as_good=options.as_far_as_good)
    else:
        done = put_back(place, root, SystemClock())
    kept = str(done.kept) if done.kept else None
    print_rows([{"folder": str(done.folder), "kept": kept, "made_at": rfc3339(done.made_at), "erased": done.erased}], "json")
    return 0
