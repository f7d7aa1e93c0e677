"""Kamailio as a carrier (registrar with digest, proxy with Record-Route in front of whatever answers its calls), and as the
proxy that stands before us, which the phones have set as their outbound proxy."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from tests.helpers.appliance import sip_port, wait_for

MODULES = ["/usr/lib/x86_64-linux-gnu/kamailio/modules", "/usr/lib/aarch64-linux-gnu/kamailio/modules", "/usr/lib/kamailio/modules"]
NAMES = "tm sl rr pv maxfwd textops siputils usrloc registrar auth path"

HEAD = """
debug=1
log_stderror=yes
children=1
listen=udp:127.0.0.1:{port}
disable_tcp=yes
mpath="{modules}"
{loads}
modparam("registrar", "default_expires", 60)
modparam("registrar", "max_expires", 60)
modparam("rr", "enable_full_lr", 1)
modparam("path", "use_received", 1)

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "Here"); exit; }}
"""
EDGE = """
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK") && t_check_trans()) {{ t_relay(); exit; }}
        sl_send_reply("404", "Not here"); exit;
    }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if ($sp == {inside}) {{
        # from the server to a phone: by the Path that its registration took, which is our Route alone
        if (!is_present_hf("Route")) {{ sl_send_reply("404", "No Path"); exit; }}
        loose_route();
        record_route();
        t_relay(); exit;
    }}
    if (is_method("REGISTER")) {{ add_path_received(); }} else {{ record_route(); }}
    $du = "sip:127.0.0.1:{inside}";
    t_relay();
}}
"""
CARRIER = """
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK") && t_check_trans()) {{ t_relay(); exit; }}
        sl_send_reply("404", "Not here"); exit;
    }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("REGISTER")) {{
        if ({refused}) {{ sl_send_reply("403", "Account closed"); exit; }}
        if (!pv_www_authenticate("carrier.test", "{password}", "0")) {{ www_challenge("carrier.test", "1"); exit; }}
        save("location");
        exit;
    }}
    record_route();
    if ($sp == {outside}) {{
        # a call for one of the customer's numbers: to the contact that it registered, the number in To alone
        $ru = "sip:{user}@carrier.test";
        if (!lookup("location")) {{ sl_send_reply("404", "Not registered"); exit; }}
        t_relay(); exit;
    }}
    if (!pv_proxy_authenticate("carrier.test", "{password}", "0")) {{ proxy_challenge("carrier.test", "1"); exit; }}
    consume_credentials();
    $du = "sip:127.0.0.1:{outside}";
    t_relay();
}}
"""


class Running:
    """One Kamailio, once it is started."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("kamailio")
        assert program, "kamailio is not installed (Debian: apt-get install kamailio)"
        self.program = program
        self.folder = folder
        self.port = sip_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def serve(self, routing: str, **values: object) -> None:
        """Run with that routing."""
        modules = next(place for place in MODULES if Path(place).is_dir())
        config = self.folder / "kamailio.cfg"
        loads = "\n".join(f'loadmodule "{name}.so"' for name in NAMES.split())
        config.write_text((HEAD + routing).format(port=self.port, modules=modules, loads=loads, **values))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-f", str(config), "-DD", "-E", "-m", "16", "-M", "4", "-Y", str(self.folder), "-P", str(self.folder / "pid")],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
            )
        wait_for(self._answers, 20, f"kamailio\n{self.log()}")

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            probe.connect(("127.0.0.1", self.port))
            host, port = probe.getsockname()
            here = f"{host}:{port}"
            probe.send(
                f"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKx;rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@c>\r\n"
                f"Call-ID: {here}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n".encode()
            )
            try:
                return probe.recv(2048).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text(errors="replace")[-4000:] if file.exists() else ""

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Kamailio(Running):
    """A carrier. `outside` is the port of the telephone network beyond it: its calls out go there, and calls that come from
    there are for its customer `user`."""

    def __init__(self, folder: Path, *, outside: int, user: str, password: str) -> None:
        super().__init__(folder)
        self.outside = outside
        self.user = user
        self.password = password

    def start(self, *, refused: bool = False) -> None:
        """Serve; `refused`: every registration is turned away."""
        self.serve(CARRIER, password=self.password, outside=self.outside, user=self.user, refused="1 == 1" if refused else "1 == 2")


class KamailioEdge(Running):
    """The phones' outbound proxy before the server at port `inside`: Path in registrations, Record-Route in calls."""

    def start(self, inside: int) -> None:
        self.serve(EDGE, inside=inside)
