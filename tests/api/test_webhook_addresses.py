"""A webhook is no way into the network that it is sent from."""

from __future__ import annotations

import socket

import pytest

from api.webhooks.addresses import RefusedAddress, is_allowed, parse, resolve
from api.webhooks.sending import Answer, post
from tests.api.receiver import receiving


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::",
    ],
)
def test_addresses_inside_are_refused(ip):
    assert not is_allowed(ip)
    host = f"[{ip}]" if ":" in ip else ip
    with pytest.raises(RefusedAddress):
        resolve(f"https://{host}/hook")


@pytest.mark.parametrize("ip", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_outside_are_allowed(ip):
    assert is_allowed(ip)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///hook",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://example.com:99999/",
        "https://example.com\\@127.0.0.1/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: other",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://[::1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://localhost/",
        "no address",
        "",
    ],
)
def test_what_is_no_address_of_a_server_outside_is_refused_before_it_is_asked_for(url):
    with pytest.raises(RefusedAddress):
        parse(url)


def answering(monkeypatch, *answers: list[str]) -> list[str]:
    """Lets names lead to these IPs, one list for each time that somebody asks."""
    asked: list[str] = []
    waiting = list(answers)

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        ips = waiting.pop(0) if waiting else ["127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_one_private_ip_among_public_ones_is_enough_to_refuse(monkeypatch):
    answering(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(RefusedAddress):
        resolve("https://example.com/")


def test_a_name_is_asked_once_and_called_by_what_was_looked_at(monkeypatch):
    """DNS rebinding: public when it is looked at, this machine when it is called."""
    asked = answering(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    target = resolve("https://example.com/hook")
    called: list[str] = []

    def create_connection(address, *args, **kwargs):
        called.append(address[0])
        raise OSError("nobody is called in a test")

    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(OSError, match="nobody"):
        post(target, b"{}", {})
    assert (asked, called) == (["example.com"], ["93.184.216.34"])
    assert (target.host_header, target.ip) == ("example.com", "93.184.216.34")


def test_a_redirect_is_not_followed(settings):
    settings.WEBHOOKS_MAY_CALL_LOOPBACK = True
    with receiving() as receiver:
        receiver.statuses, receiver.location = [302], "http://169.254.169.254/latest/meta-data/"
        assert post(resolve(receiver.url), b"{}", {}) == Answer(302)
        assert not Answer(302).is_good
        assert len(receiver.calls) == 1


def test_a_proxy_of_the_environment_is_not_asked(settings, monkeypatch):
    settings.WEBHOOKS_MAY_CALL_LOOPBACK = True
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with receiving() as receiver:
        assert post(resolve(receiver.url), b"{}", {}).status == 200
        assert receiver.calls[0][0] == "/hook?x=1"


def test_this_machine_is_called_only_where_a_setting_says_so(settings):
    with pytest.raises(RefusedAddress):
        resolve("https://127.0.0.1/")
    settings.WEBHOOKS_MAY_CALL_LOOPBACK = True
    assert resolve("http://127.0.0.1:8080/").ip == "127.0.0.1"
    with pytest.raises(RefusedAddress):
        resolve("http://10.0.0.1/")
