"""Which address `run.py up` serves at."""

import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from core.launcher import web_address
from core.launcher.progress import Failure
from core.launcher.web_address import WebAddress, choose_address, is_healthy

LOOPBACK = "127.0.0.1"
not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may use any port")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_wanted_port_that_is_busy_is_refused_with_advice(busy_port):
    with pytest.raises(Failure, match=rf"Port {busy_port} is in use.*(?s:.)*--port {busy_port + 1}"):
        choose_address(LOOPBACK, busy_port)


def test_without_a_wish_the_next_free_port_is_taken(busy_port, monkeypatch):
    monkeypatch.setattr(web_address, "FIRST_PORT", busy_port)
    chosen = choose_address(LOOPBACK, None).port
    assert busy_port < chosen < busy_port + web_address.PORTS_TRIED


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        (LOOPBACK, 70_000, "up to 65535"),
        ("no-such-host.invalid", 8000, "no address"),
        ("203.0.113.7", 8000, "address of this machine"),
        pytest.param(LOOPBACK, 80, "reserved for root", marks=not_as_root),
    ],
)
def test_an_address_that_cannot_be_served_is_explained(host, port, words):
    with pytest.raises(Failure, match=words):
        choose_address(host, port)


def test_an_address_is_written_as_each_reader_wants_it(monkeypatch):
    monkeypatch.delenv("CRM_ALLOWED_HOSTS", raising=False)
    everywhere = WebAddress("0.0.0.0", 8000)  # noqa: S104
    assert (everywhere.bind, everywhere.url) == ("0.0.0.0:8000", "http://127.0.0.1:8000/")
    six = WebAddress("::1", 8000)
    assert (six.bind, six.url, six.allowed_host) == ("[::1]:8000", "http://[::1]:8000/", "[::1]")
    monkeypatch.setenv("CRM_ALLOWED_HOSTS", ".example.org,other.example.com")
    assert six.allowed_host == "example.org"


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (301, True), (400, False), (500, False)])
def test_health_is_what_the_server_says(status, healthy):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Not on the test's output."""

    with HTTPServer((LOOPBACK, 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert is_healthy(WebAddress(LOOPBACK, server.server_port)) is healthy


def test_nobody_there_is_not_healthy(busy_port):
    free = choose_address(LOOPBACK, None)
    assert not is_healthy(free)
