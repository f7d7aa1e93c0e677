#!/usr/bin/env python3
"""The project's commands: `python dev.py COMMAND`, which is what `make COMMAND` calls.

Needs Python 3.11 and nothing else of ours. Makes its own virtual environment beside the checkout's files, installs the
versions of the lock files by their hashes, and uses it again as long as the locks are the same.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("TOLLHOUSE_VENV") or ROOT / ".venv")
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCKS = {
    "requirements.txt": [],
    "requirements-build.txt": ["--extra", "build"],
    "requirements-console.txt": ["--extra", "console"],
    "requirements-package.txt": ["--extra", "build", "--extra", "console", "--extra", "package"],
    "requirements-test.txt": ["--extra", "build", "--extra", "console", "--extra", "package", "--extra", "test"],
}
RUN = ("requirements.txt", "requirements-build.txt")
TEST = ("requirements-test.txt",)
PACKAGE = ("requirements-package.txt",)
SLOW = ("stories", "end2end", "fuzz", "packaging")
# tests that meet other programs, browsers and windows over real time; all others stand on virtual time and get no second try
REAL_TIME = ("tests/stories/", "tests/end2end/", "tests/packaging/", "tests/gui/", "tests/web/", "tests/mailer/", "tests/test_server")
MOST_AGAIN = 2  # more that fail at once are no accident
LAST_FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
# the tests' programs, each in its Debian package
TOOLS = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "kamailio": "kamailio",
    "rtpengine": "rtpengine-daemon",
    "sox": "sox",
    "ip": "iproute2",
    "Xvfb": "xvfb",
    "chromium": "chromium",
    "dbus-daemon": "dbus",
}
# what building the program takes, and the libraries that Qt asks of the system: the build carries them, the tests use them and Xtst
BUILD_TOOLS = {"objdump": "binutils", "strip": "binutils"}
LIBRARIES = {
    "EGL": "libegl1", "GL": "libgl1", "dbus-1": "libdbus-1-3", "fontconfig": "libfontconfig1", "glib-2.0": "libglib2.0-0",
    "gssapi_krb5": "libgssapi-krb5-2", "xcb-cursor": "libxcb-cursor0", "xcb-icccm": "libxcb-icccm4", "xcb-image": "libxcb-image0",
    "xcb-keysyms": "libxcb-keysyms1", "xcb-render-util": "libxcb-render-util0", "xcb-shape": "libxcb-shape0", "xkbcommon-x11": "libxkbcommon-x11-0",
    "X11": "libx11-6", "Xtst": "libxtst6",
}  # fmt: skip


def main() -> int:
    """Run the command named on the command line; without one list them."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print("python dev.py COMMAND, or make COMMAND:\n")
        for name, command in COMMANDS.items():
            print(f"  {name:11} {(command.__doc__ or '').splitlines()[0]}")
        return 0 if len(sys.argv) < 2 else 2
    return COMMANDS[sys.argv[1]](sys.argv[2:])


# the environment -------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """One line of what is being done."""
    print(f"== {text}", flush=True)


def stop(text: str) -> None:
    """End with a reason and what to do."""
    raise SystemExit(f"dev.py: {text}")


def may_install() -> bool:
    """Whether system packages can be installed here without asking."""
    return shutil.which("apt-get") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


def apt(packages: list[str]) -> bool:
    """Install Debian packages; whether it worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False)
    return subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], env=environment, check=False).returncode == 0


def make_venv() -> None:
    """A virtual environment with pip; installs python3-venv where that is missing and may be installed."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return
    say(f"making the virtual environment {VENV.name}")
    line = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(line, capture_output=True, check=False).returncode == 0:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if may_install() and (apt([package]) or apt(["python3-venv"])) and subprocess.run([*line, "--clear"], check=False).returncode == 0:
        return
    stop(f"this Python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install {package}")


def fingerprint(locks: tuple[str, ...]) -> str:
    """What the environment was made from."""
    digest = hashlib.sha256(sys.version.encode())
    for name in (*locks, "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def prepare(locks: tuple[str, ...]) -> None:
    """The virtual environment with exactly these locks and the project itself, reused while nothing changed."""
    make_venv()
    mark = VENV / "tollhouse-installed"
    wanted = [fingerprint(locks)]
    made = mark.read_text().split() if mark.exists() else []
    if wanted[0] in made:
        return
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    for lock in locks:
        say(f"installing what {lock} names")
        if subprocess.run([*pip, "--require-hashes", "-r", lock], cwd=ROOT, check=False).returncode != 0:
            stop(f"pip could not install {lock}. Is there a way to the package index?")
    line = [*pip, "--no-deps", "--no-build-isolation", "--no-index", "-e", "."]
    if subprocess.run(line, cwd=ROOT, check=False).returncode != 0:
        stop("the project itself could not be installed")
    mark.write_text("\n".join([*made[-8:], *wanted]))


def optional_tools() -> dict[str, str]:
    """{tool: why it may be absent} of tests/optional.toml."""
    import tomllib

    found = tomllib.loads((ROOT / "tests" / "optional.toml").read_text(encoding="utf-8"))
    return {name: row["why"] for name, row in found.items()}


def tools_for_tests() -> bool:
    """Install the tests' programs where that may be done; whether all that must be there are."""
    optional = optional_tools()
    missing = {tool: package for tool, package in TOOLS.items() if shutil.which(tool) is None and tool not in optional}
    if missing and may_install():
        say(f"installing {', '.join(sorted(missing.values()))}")
        apt(sorted(missing.values()))
        missing = {tool: package for tool, package in missing.items() if shutil.which(tool) is None}
    if missing:
        packages = " ".join(sorted(missing.values()))
        print(f"The tests need {', '.join(sorted(missing))}. On Debian and Ubuntu: sudo apt-get install {packages}", flush=True)
    return not missing


def tools_for_building() -> None:
    """Install what a build wants of a Debian machine where that may be done; else say what is missing."""
    if not sys.platform.startswith("linux"):
        return
    missing = {package for tool, package in BUILD_TOOLS.items() if shutil.which(tool) is None}
    missing |= {package for library, package in LIBRARIES.items() if ctypes.util.find_library(library) is None}
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not (sysconfig.get_config_var("Py_ENABLE_SHARED") or ctypes.util.find_library(f"python{version}")):
        missing.add(f"libpython{version}")  # Debian's python3 has its library in a package of its own
    if missing and may_install():
        say(f"installing {', '.join(sorted(missing))}")
        apt(sorted(missing))
    elif missing:
        print(f"A build is whole only with these. On Debian and Ubuntu: sudo apt-get install {' '.join(sorted(missing))}", flush=True)


def portable_only() -> bool:
    """Away from Debian and its like only the portable part of the tests runs."""
    return shutil.which("apt-get") is None


def python(*arguments: str, **variables: str) -> int:
    """Run the environment's Python in the checkout; its exit code."""
    try:
        return subprocess.run([PYTHON, *arguments], cwd=ROOT, env={**os.environ, **variables}, check=False).returncode
    except KeyboardInterrupt:
        return 130


def lint() -> int:
    """ruff and mypy."""
    say("ruff")
    code = python("-m", "ruff", "check", "--quiet", ".")
    say("mypy")
    return python("-m", "mypy") or code


def once_more() -> int:
    """Run alone once more what failed, where that is little and all of it met other programs; 0 where all of it then passes.

    What passes only then is named as unsteady, its first failure stands above: it is a fault of the test or of the program.
    """
    failed = list(json.loads(LAST_FAILED.read_text(encoding="utf-8"))) if LAST_FAILED.exists() else []
    if not 1 <= len(failed) <= MOST_AGAIN or not all(name.startswith(REAL_TIME) for name in failed):
        return 1
    say("once more, alone: " + " ".join(failed))
    code = python("-m", "pytest", "-q", "-p", "no:cacheprovider", *failed, TOLLHOUSE_HYPOTHESIS="test")
    if code == 0:
        print(f"UNSTEADY, failed above and passed alone: {' '.join(failed)}", flush=True)
    return code


# the commands ----------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """set up what is needed and start the demo"""
    prepare(RUN)
    return python("-m", "appliance", "demo", *arguments)


def test(arguments: list[str]) -> int:
    """set up what is needed and run all tests"""
    prepare(TEST)
    portable = portable_only()
    whole = portable or tools_for_tests()
    if not portable:
        tools_for_building()
    code = lint()
    say("the portable part of the tests" if portable else "all tests")
    LAST_FAILED.unlink(missing_ok=True)
    tests = python("-m", "pytest", "-q", "--durations=15", *(["--portable"] if portable else []), *arguments, TOLLHOUSE_HYPOTHESIS="test")
    code = (once_more() if tests == 1 else tests) or code
    if not whole:
        print("Some programs that the tests need are missing (named above): the tests that use them failed.")
    said = "All passed." if tests == 0 else "All passed, the unsteady ones named above on a second try."
    print(said if code == 0 else "Not all passed.", flush=True)
    return code


def check(arguments: list[str]) -> int:
    """the quick part: ruff, mypy, the floors of the house, fast tests (under a minute)"""
    prepare(TEST)
    code = lint()
    say("fast tests")
    slow = [f"--ignore=tests/{folder}" for folder in SLOW]
    return python("-m", "pytest", "-q", *slow, *arguments, TOLLHOUSE_HYPOTHESIS="check") or code


def bench(arguments: list[str]) -> int:
    """measure: time and memory of a call, a registration, a rating, the start"""
    prepare(TEST)
    return python("-m", "tests.bench", *arguments)


def screenshots(arguments: list[str]) -> int:
    """pictures of every screen in every look, with a page that shows them: build/screenshots/index.html"""
    prepare(TEST)
    return python("-m", "tests.screenshots", *arguments)


def fuzz(arguments: list[str]) -> int:
    """the tests with chance in them, for longer"""
    prepare(TEST)
    return python("-m", "pytest", "-q", "tests/fuzz", *arguments, TOLLHOUSE_HYPOTHESIS="fuzz")


def api(arguments: list[str]) -> int:
    """what schemathesis finds in the API of a running server, for a quarter of an hour (or so many seconds)"""
    prepare(TEST)
    return python("-m", "tests.fuzz.published_api", *arguments)


def build(arguments: list[str]) -> int:
    """the program that needs no Python: dist/tollhouse; with --one-file a single file"""
    tools_for_building()
    prepare(PACKAGE)
    return python("packaging/freeze.py", *arguments)


def deb(arguments: list[str]) -> int:
    """the program as a Debian package in dist/, built first where the source changed"""
    tools_for_building()
    prepare(PACKAGE)
    return python("packaging/deb.py", *arguments)


def wheel(arguments: list[str]) -> int:
    """a wheel in dist/ that carries the resources"""
    prepare(RUN)
    return python("-m", "pip", "wheel", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "-w", "dist", ".", *arguments)


def lock(arguments: list[str]) -> int:
    """make the lock files anew from pyproject.toml (needs uv; versions stay unless --upgrade is given)"""
    uv = shutil.which("uv") or shutil.which("uv", path=str(PYTHON.parent))
    if uv is None:
        stop("uv is missing: pip install uv")
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "-q"]
    whole = "requirements-test.txt"
    for name in sorted(LOCKS, key=lambda name: name != whole):  # the whole one first: the others take its versions
        bound = [] if name == whole else ["-c", whole]
        extra = arguments if name == whole else []
        done = subprocess.run(
            [str(uv), "pip", "compile", "pyproject.toml", *options, *LOCKS[name], *bound, "-o", name, *extra], cwd=ROOT, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


def clean(arguments: list[str]) -> int:
    """remove what the other commands made"""
    for name in (".venv", "build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    return 0


COMMANDS = {
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
    "screenshots": screenshots,
    "fuzz": fuzz,
    "api": api,
    "build": build,
    "deb": deb,
    "wheel": wheel,
    "lock": lock,
    "clean": clean,
}

if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 (an older Python must say what is wrong instead of failing somewhere)
        newer = next(filter(None, (shutil.which(f"python3.{minor}") for minor in (13, 12, 11, 14))), None)
        if newer is None:
            stop(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}")
        else:
            sys.exit(subprocess.run([newer, *sys.argv], check=False).returncode)
    sys.exit(main())
