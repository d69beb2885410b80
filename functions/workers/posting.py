"""Posts to addresses that are not ours: over TLS, to public addresses alone, and never for longer than 15 seconds.

A name is looked up once, and what it leads to is what is connected to, so that it cannot lead elsewhere in between. No
redirect is followed, and of the answer the status alone is read.
"""

import socket
import ssl
import threading
from collections.abc import Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

SECONDS = 15.0
_PORTS = {"https": 443, "http": 80}


class NoAnswer(Exception):
    """Nothing came back; the argument says why, as a code."""


class _Connection(HTTPConnection):
    """To an address that was looked up before, encrypted for its name."""

    def __init__(self, parts: SplitResult, address: str, seconds: float) -> None:
        super().__init__(parts.hostname or "", parts.port or _PORTS[parts.scheme], timeout=seconds)
        self._address = address
        self._is_encrypted = parts.scheme == "https"

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_encrypted:
            self.sock = trust().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread: whoever waits for it waits no more."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates are believed: the system's authorities'."""
    return ssl.create_default_context()


def post(url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool, seconds: float = SECONDS) -> int:
    """The status that a receiver answers. Raises NoAnswer.

    `anywhere` lets it be without TLS and on this machine or in its network: for the local run alone.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (anywhere and parts.scheme == "http"):
        raise NoAnswer("not_https")
    connection = _Connection(parts, _public_address(parts, anywhere=anywhere), seconds)
    is_late = threading.Event()

    def cut() -> None:
        is_late.set()
        connection.cut()

    # The connection's own limit is for each read, so that one byte at a time would go on for ever.
    timer = threading.Timer(seconds, cut)
    timer.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Host": parts.netloc, **headers})
        status = connection.getresponse().status
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer("bad_certificate") from error
    except (OSError, HTTPException) as error:
        timed_out = is_late.is_set() or isinstance(error, TimeoutError)
        raise NoAnswer("timed_out" if timed_out else "no_connection") from error
    finally:
        timer.cancel()
        connection.close()
    # One that is cut off in the middle of its headers looks as if it had ended there.
    if is_late.is_set():
        raise NoAnswer("timed_out")
    return status


def _public_address(parts: SplitResult, *, anywhere: bool) -> str:
    """What the name leads to, by IPv4, which is all that a function reaches. Raises NoAnswer."""
    try:
        found = socket.getaddrinfo(
            parts.hostname, parts.port or _PORTS[parts.scheme], socket.AF_INET, socket.SOCK_STREAM
        )
    except (OSError, UnicodeError, ValueError) as error:
        raise NoAnswer("no_such_host") from error
    addresses = [str(address[0]) for *_, address in found]
    if not anywhere and not all(map(_is_public, addresses)):
        raise NoAnswer("private_address")
    return addresses[0]


def _is_public(address: str) -> bool:
    known = ip_address(address)
    return known.is_global and not known.is_multicast
