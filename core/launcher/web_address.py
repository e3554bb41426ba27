"""At which address to serve, and how to ask there whether all is well."""

import errno
import http.client
import os
import socket
import sys
from dataclasses import dataclass

from core.launcher.progress import Failure

FIRST_PORT, PORTS_TRIED = 8000, 50
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - recognised, not served at


@dataclass(frozen=True)
class WebAddress:
    host: str
    port: int

    @property
    def bind(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def local_host(self) -> str:
        """Where this machine reaches it."""
        return "127.0.0.1" if self.host in EVERYWHERE else self.host

    @property
    def url(self) -> str:
        return f"http://{bracketed(self.local_host)}:{self.port}/"

    @property
    def allowed_host(self) -> str:
        """A name that Django accepts; the address itself is none where CRM_ALLOWED_HOSTS names others."""
        first = os.environ.get("CRM_ALLOWED_HOSTS", "").split(",")[0].strip()
        return first.lstrip(".") if first not in {"", "*"} else bracketed(self.local_host)


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def choose_address(host: str, port: int | None) -> WebAddress:
    """The wanted port; or without a wish, the first free one from 8000 on."""
    if port is not None:
        if not 0 < port < 2**16:
            raise Failure(f"There is no port {port}: they go from 1 up to 65535.")
        if not is_free(host, port):
            raise Failure(
                f"Port {port} is in use by another program.\n"
                f"Choose another (python3 run.py up --port {port + 1}), or leave --port out to take the next free one."
            )
        return WebAddress(host, port)
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if is_free(host, candidate):
            return WebAddress(host, candidate)
    raise Failure(f"No port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} is free. Name one: run.py up --port …")


def is_free(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
            probe.bind(address)
    except PermissionError as error:
        raise Failure(f"Port {port} is reserved for root. Choose one from 1024 on.") from error
    except socket.gaierror as error:
        raise Failure(f"There is no address {host!r} to serve at: {error.strerror}.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise Failure(f"{host} can't be served at: {error.strerror}. Is it an address of this machine?") from error
    return True


def is_healthy(address: WebAddress) -> bool:
    connection = http.client.HTTPConnection(address.local_host, address.port, timeout=5)
    try:
        # As a proxy would ask that speaks https: else an installation behind one answers with a redirect only.
        connection.request("GET", "/healthz", headers={"Host": address.allowed_host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":  # the container's health check
    sys.exit(not is_healthy(WebAddress("127.0.0.1", int(sys.argv[1]))))
