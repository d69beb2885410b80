"""The way through CloudFront: who calls past it is refused, and whose address it tells is believed of it alone."""

import hmac
import re
from collections.abc import Sequence
from copy import replace
from ipaddress import IPv6Address, ip_address

from functions.shared.refusal import WRONG_HOST, Refused
from functions.shared.request import Request

# An address and a port; CloudFront writes IPv6 without brackets.
_VIEWER = re.compile(r"(?P<bracket>\[)?(?P<address>[0-9A-Fa-f.:]+)(?(bracket)\]):[0-9]{1,5}")


def let_in(request: Request, secrets: Sequence[str] | None) -> Request:
    """The request with the network address of whoever sends it.

    `secrets` are what CloudFront may show, of which an empty one counts for nothing; None where it does not stand
    before us, so that API Gateway itself sees who calls. X-Forwarded-For is not read: it begins as the caller likes.
    Raises Refused `wrong_host` for a call that shows none of them. For one without a viewer's address, which
    CloudFront always sends, too: with its own instead, everybody's tries would count as one person's.
    """
    if secrets is None:
        return replace(request, source_ip=_normal(request.source_ip))
    if not _is_shown(request.headers.get("x-origin-secret", ""), secrets):
        raise Refused(WRONG_HOST)
    viewer = _VIEWER.fullmatch(request.headers.get("cloudfront-viewer-address", ""))
    try:
        return replace(request, source_ip=_normal(viewer["address"] if viewer else ""))
    except ValueError:
        raise Refused(WRONG_HOST) from None


def _is_shown(shown: str, secrets: Sequence[str]) -> bool:
    content = shown.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(content, secret.encode()) for secret in secrets if secret)


def _normal(address: str) -> str:
    """The one way of writing an address; IPv4 inside IPv6 is IPv4. Raises ValueError for what is none."""
    found = ip_address(address)
    inside = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(inside or found)
