"""Who may come in through the browser: nobody without the link that was printed, and no page but our own.

A server on loopback is still within reach of every page that the same browser shows. So three things are asked of a
request: that it names this server by a name of ours (a foreign name that was made to point here is how DNS rebinding
works), that it comes from our own page, and that it carries the cookie which only the printed link gives. A link lets
one browser in, then there is another link.
"""

import hmac
import ipaddress
import secrets
from collections import deque
from collections.abc import Iterable
from urllib.parse import urlsplit

__all__ = ["GUESTS", "Gate", "is_loopback"]

GUESTS = 32
"""Browsers that are remembered; one more, and the first has to be let in again."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a server that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Gate:
    """Decides on requests by their headers alone."""

    def __init__(self, host: str, names: Iterable[str] = ()) -> None:
        """`host` is where the server listens, `names` are those it is reached by besides."""
        self._names = _LOOPBACK | {host.lower()} | {name.lower() for name in names}
        self._takes_addresses = not is_loopback(host)
        self._guests: deque[str] = deque(maxlen=GUESTS)
        self.token = secrets.token_urlsafe(32)
        """What the next link carries."""

    def is_ours(self, host: str) -> bool:
        """Tell whether the `Host` of a request is a name of this server, whatever the port: it may come by a tunnel."""
        name = _name_in(host)
        return name in self._names or (self._takes_addresses and _is_address(name))

    def is_same_origin(self, origin: str, host: str) -> bool:
        """Tell whether the `Origin` of a request is the very server that the request goes to."""
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == host.lower()

    def let_in(self, token: str) -> str:
        """Return the cookie for a browser that came by the link, and make another link; empty for a wrong token."""
        if not _equal(token, self.token):
            return ""
        self.token = secrets.token_urlsafe(32)
        cookie = secrets.token_urlsafe(32)
        self._guests.append(cookie)
        return cookie

    def knows(self, cookie: str) -> bool:
        """Tell whether a browser was let in."""
        return sum(_equal(cookie, guest) for guest in self._guests) > 0  # all of them, so that time tells nothing


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _name_in(host: str) -> str:
    """Return the name in `name:port`, lower case; a literal of IPv6 stands in brackets there."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
