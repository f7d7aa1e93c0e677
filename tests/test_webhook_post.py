"""The POST to a program elsewhere: what it sends, where it never goes, and how long it waits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from appliance.errors import UserError
from appliance.webhook_post import NotTaken, far, post, signature, target

ANSWER = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def listening(answer: bytes, heard: list[bytes]) -> Iterator[str]:
    """One connection on loopback gets this answer; "" keeps it waiting until the block ends."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(20)

        def serve() -> None:
            try:
                link, _address = door.accept()
            except OSError:
                return
            with link:
                link.settimeout(20)
                data = b""
                while b"\r\n\r\n" not in data or not data.endswith(b"}"):
                    part = link.recv(4096)
                    if not part:
                        break
                    data += part
                heard.append(data)
                if answer:
                    link.sendall(answer)
                else:
                    over.wait(20)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/hooks?shop=1"
        finally:
            over.set()
            door.close()
            thread.join(20)


def test_it_arrives_whole() -> None:
    heard: list[bytes] = []
    with listening(ANSWER, heard) as url:
        assert post(url, b'{"event":"test"}', {"Tollhouse-Signature": "t=1,v1=ab"}, 10, near=True) == 204
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hooks?shop=1 HTTP/1.1\r\n") and b"Tollhouse-Signature: t=1,v1=ab" in head and b"Content-Length: 16" in head
    assert body == b'{"event":"test"}'


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/", "https://localhost:1/", "https://[::1]:1/", "https://10.1.2.3/", "https://169.254.169.254/"])
def test_nobody_near_is_asked_unless_it_is_allowed(url: str) -> None:
    with pytest.raises(NotTaken, match="this computer or its network"):
        post(url, b"{}", {}, 5)


@pytest.mark.parametrize(
    ("address", "out"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True), ("127.0.0.1", False), ("192.168.1.4", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("fd00::1", False),
    ],
)  # fmt: skip
def test_what_is_out_in_the_world(address: str, out: bool) -> None:
    assert far(address) is out


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", b"HTTP/1.1 500 No\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"\r\n"]
)
def test_what_is_no_success_is_said(answer: bytes) -> None:
    with listening(answer, []) as url, pytest.raises(NotTaken, match="HTTP"):
        post(url, b"{}", {}, 10, near=True)


def test_who_does_not_answer_is_left() -> None:
    with listening(b"", []) as url, pytest.raises(NotTaken):
        post(url, b"{}", {}, 0.3, near=True)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(NotTaken):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, 5, near=True)


def test_addresses_and_signatures() -> None:
    assert target("https://erp.example.test") == ("https", "erp.example.test", 443, "/")
    assert target("http://box:8080/a?b=c", near=True) == ("http", "box", 8080, "/a?b=c")
    for bad in ("https://h/\r\nX: y", "https://h:99999/", "https://h/#part", "https:///x"):
        with pytest.raises(UserError):
            target(bad)
    # computed apart with openssl: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
    assert signature("key", 1_700_000_000, b'{"a":1}') == ("t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03")
