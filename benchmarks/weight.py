"""What a browser fetches to show a page for the first time, as the product serves it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

FETCHED = re.compile(r"""<(?:script|img)\b[^>]*?\bsrc="([^"]+)"|<link\b[^>]*?\bhref="([^"]+)""")
WITHIN_STYLES = re.compile(r"""url\(["']?([^"')]+)""")


def first_load(client: Client, url: str) -> dict[str, int]:
    """Bytes by what they are: the page itself, which is sent as it is written, and its files, which are compressed
    when they are collected (most browsers take them smaller still, by brotli)."""
    page = client.get(url).content
    found = {address for pair in FETCHED.findall(page.decode()) for address in pair if address}
    for address in [each for each in found if each.endswith(".css")]:
        source = stored(address).decode()
        found |= {urljoin(address, inner) for inner in WITHIN_STYLES.findall(source) if not inner.startswith("data:")}
    weights = {"page": len(page)}
    for address in found:
        kind = address.rsplit(".", 1)[-1]
        weights[kind] = weights.get(kind, 0) + len(gzip.compress(stored(address)))
    return weights


def stored(address: str) -> bytes:
    path = finders.find(urlsplit(address).path.removeprefix(f"/{settings.STATIC_URL.strip('/')}/"))
    if not isinstance(path, str):
        raise FileNotFoundError(address)
    return Path(path).read_bytes()
