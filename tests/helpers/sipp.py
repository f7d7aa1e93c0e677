"""sipp as phones and carrier: scenarios made from a few steps, results from its exit code and its message log."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from tests.helpers.appliance import sip_port, wait_for
from tests.helpers.ports import held

SDP = """v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
"""


def _send(text: str, attributes: str = "") -> str:
    return f"<send {attributes}><![CDATA[\n{text}\n]]></send>\n"


def _request(method: str, cseq: int, *, to: str = "", extra: str = "", body: str = "", user: str = "[field0]") -> str:
    content = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    target = "sip:[remote_ip]:[remote_port]" if method == "REGISTER" else "sip:[field2]@[remote_ip]:[remote_port]"
    peer = "<sip:[field0]@[remote_ip]>" if method == "REGISTER" else "<sip:[field2]@[remote_ip]>"
    return (
        f"{method} {target} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport\nMax-Forwards: 70\n"
        f"From: <sip:{user}@[remote_ip]>;tag=[pid]T[call_number]\nTo: {to or peer}\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n"
        f"Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>\nUser-Agent: sipp phone\n{extra}{content}"
    )


def _in_dialog(method: str, cseq: int, routes: str = "") -> str:
    return (
        f"{method} [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport\nMax-Forwards: 70\n"
        f"From: <sip:[field0]@[remote_ip]>;tag=[pid]T[call_number]\n[last_To:]\nCall-ID: [call_id]\n"
        f"CSeq: {cseq} {method}\n{routes}Content-Length: 0\n\n"
    )


def _response(line: str, *, body: str = "", extra: str = "") -> str:
    content = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    return (
        f"SIP/2.0 {line}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]U[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"
        f"Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n{extra}{content}"
    )


_PLAIN_RESPONSE = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n"
_ACK_ERROR = (
    "ACK sip:[field2]@[remote_ip]:[remote_port] SIP/2.0\n"
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-{back}];rport\nMax-Forwards: 70\n"
    "From: <sip:[field0]@[remote_ip]>;tag=[pid]T[call_number]\n[last_To:]\nCall-ID: [call_id]\nCSeq: {cseq} ACK\nContent-Length: 0\n\n"
)


def _scenario(name: str, body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="{escape(name)}">\n{body}</scenario>\n'
    )


def register(expires: int = 3600) -> str:
    """REGISTER, challenge, REGISTER with digest, 200."""
    extra = f"Expires: {expires}\n"
    return _scenario(
        "register",
        (
            _send(_request("REGISTER", 1, extra=extra), 'retrans="500"')
            + '<recv response="401" auth="true"/>\n'
            + _send(_request("REGISTER", 2, extra=extra + "[field1]\n"), 'retrans="500"')
            + '<recv response="200"/>\n'
        ),
    )


def _invite_authenticated() -> str:
    return (
        _send(_request("INVITE", 1, body=SDP), 'retrans="500"')
        + '<recv response="100" optional="true"/>\n<recv response="407" auth="true"/>\n'
        + _send(_ACK_ERROR.format(back=3, cseq=1))
        + _send(_request("INVITE", 2, extra="[field1]\n", body=SDP), 'retrans="500"')
        + '<recv response="100" optional="true"/>\n'
    )


_ANSWERED = '<recv response="180" optional="true"/>\n<recv response="183" optional="true"/>\n<recv response="200" rrs="true"/>\n'


def caller() -> str:
    """A phone that calls, talks for `-d` milliseconds and hangs up."""
    return _scenario(
        "caller",
        _invite_authenticated()
        + _ANSWERED
        + _send(_in_dialog("ACK", 2))
        + "<pause/>\n"
        + _send(_in_dialog("BYE", 3), 'retrans="500"')
        + '<recv response="200"/>\n',
    )


def caller_cut(timeout_ms: int) -> str:
    """A phone that calls and waits until it is hung up on."""
    return _scenario(
        "caller cut",
        _invite_authenticated()
        + _ANSWERED
        + _send(_in_dialog("ACK", 2))
        + f'<recv request="BYE" timeout="{timeout_ms}"/>\n'
        + _send(_PLAIN_RESPONSE),
    )


def caller_refused(code: int) -> str:
    """A phone whose call is refused with that code."""
    return _scenario(
        "caller refused",
        _invite_authenticated()
        + '<recv response="180" optional="true"/>\n'
        + f'<recv response="{code}"/>\n'
        + _send(_ACK_ERROR.format(back=4, cseq=2)),
    )


def caller_cancels() -> str:
    """A phone that calls and gives up after `-d` milliseconds of ringing."""
    cancel = (
        _request("CANCEL", 2).replace("[branch]", "[branch-4]").replace("Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>\n", "")
    )
    return _scenario(
        "caller cancels",
        _invite_authenticated()
        + '<recv response="180"/>\n<pause/>\n'
        + _send(cancel, 'retrans="500"')
        + '<recv response="200"/>\n<recv response="487"/>\n'
        + _send(_ACK_ERROR.format(back=7, cseq=2)),
    )


_INVITE_KEPT = (
    '<recv request="INVITE" crlf="true"><action><ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" check_it="true" assign_to="target"/>'
    '<ereg regexp=".*" search_in="hdr" header="From:" check_it="true" assign_to="peer"/>'
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" check_it="true" assign_to="number"/></action></recv>\n'
    '<Reference variables="target,peer,number"/>\n'
)


def callee(*, challenge: tuple[str, str] | None = None, ring_ms: int = 0, hangs_up_after_ms: int | None = None) -> str:
    """A phone or carrier that answers; `challenge` (user, password): it wants digest first, as a carrier does."""
    body = ""
    if challenge:
        user, password = challenge
        body += '<recv request="INVITE"/>\n' + _send(
            _response("401 Unauthorized", extra='WWW-Authenticate: Digest realm="carrier.test", nonce="n47a1", algorithm=MD5, qop="auth"\n')
        )
        body += '<recv request="ACK"/>\n<recv request="INVITE" crlf="true"><action>'
        body += f'<verifyauth assign_to="ok" username="{user}" password="{password}"/></action></recv>\n'
        body += (
            '<nop hide="true" test="ok" next="good"/>\n'
            + _send(_response("403 Forbidden"))
            + '<recv request="ACK" next="end"/>\n<label id="good"/>\n'
        )
    else:
        body += _INVITE_KEPT
    body += _send(_response("100 Trying").replace(";tag=[pid]U[call_number]", "")) + _send(_response("180 Ringing"))
    if ring_ms:
        body += f'<pause milliseconds="{ring_ms}"/>\n'
    body += _send(_response("200 OK", body=SDP), 'retrans="500"') + '<recv request="ACK" rrs="true"/>\n'
    if hangs_up_after_ms is None:
        body += '<recv request="BYE"/>\n' + _send(_PLAIN_RESPONSE)
    else:
        body += (
            f'<pause milliseconds="{hangs_up_after_ms}"/>\n'
            + _send(
                "BYE [$target] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport\nMax-Forwards: 70\n"
                "From: <sip:carrier@[local_ip]>;tag=[pid]U[call_number]\nTo:[$peer]\n"
                "Call-ID: [call_id]\nCSeq: 1 BYE\nContent-Length: 0\n\n",
                'retrans="500"',
            )
            + '<recv response="200"/>\n'
        )
    body += '<label id="end"/>\n<pause milliseconds="50"/>\n'
    return _scenario("callee", body)


def callee_rings_only() -> str:
    """A phone that rings until it is cancelled."""
    return _scenario(
        "callee rings",
        _INVITE_KEPT
        + _send(_response("100 Trying").replace(";tag=[pid]U[call_number]", ""))
        + _send(_response("180 Ringing"))
        + '<recv request="CANCEL"/>\n'
        + _send(_PLAIN_RESPONSE)
        + _send(_response("487 Request Terminated").replace("[last_CSeq:]", "CSeq: [$number] INVITE"))
        + '<recv request="ACK"/>\n',
    )


def callee_refuses(line: str) -> str:
    """A phone or carrier that refuses with that status line."""
    return _scenario("callee refuses", '<recv request="INVITE" crlf="true"/>\n' + _send(_response(line)) + '<recv request="ACK"/>\n')


@dataclass
class Sipp:
    """One running sipp. `wait()` gives its exit code: 0 where every call went as the scenario says."""

    folder: Path
    scenario: str
    name: str
    remote: str = ""
    calls: int = 1
    rate: float = 10
    pause_ms: int = 0
    users: list[tuple[str, str, str]] = field(default_factory=list)  # number, password, dialled
    transport: str = "u1"
    port: int = 0
    timeout_s: int = 60
    limit: int = 3000
    trace: bool = True
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Sipp:
        program = shutil.which("sipp")
        assert program, "sipp is not installed (Debian: apt-get install sip-tester)"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or sip_port()
        xml = self.folder / f"{self.name}.xml"
        xml.write_text(self.scenario)
        line = [
            program,
            "-sf",
            str(xml),
            "-i",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-m",
            str(self.calls),
            "-r",
            str(self.rate),
            "-t",
            self.transport,
            "-timeout",
            f"{self.timeout_s}s",
            "-timeout_error",
            "-nostdin",
            "-l",
            str(self.limit),
            "-d",
            str(self.pause_ms),
            "-default_behaviors",
            "all,-bye",
            "-trace_err",
        ]
        if self.trace:
            line += ["-trace_msg", "-message_file", str(self.folder / f"{self.name}.messages")]
        if self.users:
            file = self.folder / f"{self.name}.csv"
            file.write_text(
                "SEQUENTIAL\n"
                + "".join(f"{number};[authentication username={number} password={password}];{dialled};\n" for number, password, dialled in self.users)
            )
            line += ["-inf", str(file)]
        if self.remote:
            line.append(self.remote)
        with (self.folder / f"{self.name}.out").open("wb") as out:
            self.process = subprocess.Popen(line, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.folder)
        if not self.remote:  # a callee must listen before the first call comes
            kind = socket.SOCK_DGRAM if self.transport.startswith("u") else socket.SOCK_STREAM
            wait_for(lambda: self._ended() or held(self.port, kind), 20, f"sipp {self.name} listens")
        return self

    def _ended(self) -> bool:
        """Whether it has ended, which a callee may by itself once it is done; `wait` gives the code."""
        return self.process is not None and self.process.poll() is not None

    def wait(self, seconds: float = 60) -> int:
        assert self.process is not None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            return -1

    def succeed(self, seconds: float = 60) -> None:
        code = self.wait(seconds)
        assert code == 0, f"sipp {self.name} ended with {code}\n{self.problems()}"

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def problems(self) -> str:
        texts = [file.read_text(errors="replace")[-3000:] for file in sorted(self.folder.glob("*_errors.log"))]
        return "\n".join([*texts, self.messages()[-6000:]])

    def messages(self) -> str:
        file = self.folder / f"{self.name}.messages"
        return file.read_text(errors="replace") if file.exists() else ""

    def answered_calls(self) -> set[str]:
        """Call-IDs of the calls that this end saw answered."""
        return {
            block.split("Call-ID: ", 1)[1].split("\n", 1)[0].strip()
            for block in self.messages().split("message received")[1:]
            if block.split("\n\n", 1)[-1].lstrip().startswith("SIP/2.0 200") and re.search(r"^CSeq: \d+ INVITE$", block, re.MULTILINE)
        }

    def moments(self, start_line: str) -> list[float]:
        """Unix times at which messages whose first line starts so were seen."""
        found = []
        for block in re.split(r"^-{20,} ", self.messages(), flags=re.MULTILINE):
            head, _, rest = block.partition("\n")
            text = rest.split("\n\n", 1)[-1].lstrip()
            if text.startswith(start_line):
                day, moment = head.split()[:2]
                whole, _, micros = moment.partition(".")
                found.append(time.mktime(time.strptime(f"{day} {whole}", "%Y-%m-%d %H:%M:%S")) + float(f"0.{micros or 0}"))
        return found
