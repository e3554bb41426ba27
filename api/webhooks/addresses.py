"""Whether an address may be called, and by which IP: a webhook must not become a way into the network it is sent from.

A host is resolved once; all that it resolves to must be public, and the connection goes to what was looked at, so a
name that answers differently a moment later changes nothing. Redirects are not followed, proxies not asked.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# 127.1, 0x7f000001, 2130706433, 0177.0.0.1: numbers that resolvers take for addresses, and name nobody's server.
NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}\.?", re.IGNORECASE)
IPV4_INSIDE = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64
    ipaddress.ip_network("2002::/16"),  # 6to4
    ipaddress.ip_network("::/96"),  # compatible
)


class RefusedAddress(ValueError):
    """In words: why nothing is sent there."""


@dataclass(frozen=True)
class Target:
    """Where to connect to (`ip`, `port`), and what to ask for there (`host`, `path`)."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str = ""

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


_PORTS = {"https": 443, "http": 80}


def parse(url: str) -> Target:
    """The parts of an address, without asking anybody about it. Raises RefusedAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if not _is_ip(parts.hostname or "") else parts.hostname
    except (ValueError, UnicodeError):
        raise RefusedAddress(_("This is no address of a server.")) from None
    if re.search(r"[\s\\\x00-\x1f\x7f]", url) or not host:
        raise RefusedAddress(_("This is no address of a server."))
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress(_("Name no user and no password in the address."))
    if parts.scheme != "https" and not (settings.WEBHOOKS_MAY_CALL_LOOPBACK and parts.scheme == "http"):
        raise RefusedAddress(_("The address begins with https://."))
    if not _is_ip(host) and NUMERIC.fullmatch(host):
        raise RefusedAddress(_("Write the IP address as four numbers, or better the name of the server."))
    if _is_plainly_private(host):
        raise RefusedAddress(_("This server is in a private network, where nothing is sent."))
    path = parts.path or "/"
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path)


def resolve(url: str) -> Target:
    """The same with an IP that may be called. Raises RefusedAddress."""
    target = parse(url)
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddress(_("This server is not known.")) from None
    ips = list(dict.fromkeys(str(address[4][0]) for address in found))
    if not ips or not all(is_allowed(ip) for ip in ips):
        raise RefusedAddress(_("This server is in a private network, where nothing is sent."))
    return Target(target.scheme, target.host, target.port, target.path, ips[0])


def is_allowed(text: str) -> bool:
    ip = _innermost(ipaddress.ip_address(text.split("%")[0]))
    if ip.is_loopback:
        return bool(settings.WEBHOOKS_MAY_CALL_LOOPBACK)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _innermost(ip: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.is_loopback or ip.is_unspecified:
        return ip
    if any(ip in network for network in IPV4_INSIDE):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _is_plainly_private(host: str) -> bool:
    """Without asking what a name stands for: that is asked when something is sent."""
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    return _is_ip(host) and not is_allowed(host)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
