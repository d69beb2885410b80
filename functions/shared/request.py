"""A request as the jobs see it: read strictly from API Gateway's event, refused early when it is not one of ours."""

import base64
import json
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from types import MappingProxyType
from typing import Any, NamedTuple, Never

from functions.shared.refusal import BAD_JSON, CROSS_ORIGIN, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Invalid, Refused

MAX_BODY = 64 * 1024
MAX_FILE = 10 * 1024 * 1024
_MAX_KEY = 255
_SAFE_METHODS = ("GET", "HEAD")


class Request(NamedTuple):
    """One request; once its job is found, `values` come from its path, `content` is the
    JSON it brought, `body` and `page` the validated models of its body and query. `source_ip` is the address of whoever
    sends it, once functions/shared/origin.py has let it in. `part` names what part of it is done, where that is
    done in several.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    source_ip: str
    id: str
    content: Any = None
    body: Any = None
    page: Any = None
    values: Mapping[str, str] = MappingProxyType({})
    part: str = ""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        """API Gateway's payload 2.0, its body not yet read."""
        context = event["requestContext"]
        return cls(
            method=context["http"]["method"],
            path=event["rawPath"],
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            cookies=tuple(event.get("cookies") or ()),
            source_ip=context["http"].get("sourceIp", ""),
            id=context["requestId"],
        )

    @property
    def changes_state(self) -> bool:
        """Whether it is of a method that may change something."""
        return self.method not in _SAFE_METHODS

    @property
    def asks_for_repeat(self) -> bool:
        """Whether it asks for nothing but the answer given under its Idempotency-Key, which was lost."""
        return self.changes_state and self.query.get("only") == "repeat" and "idempotency-key" in self.headers

    @property
    def network(self) -> str:
        """Where tries are counted: its IPv4 address, or the /64 of an IPv6 one, all of which one household has."""
        address = ip_address(self.source_ip)
        return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)

    @property
    def accept_language(self) -> str:
        """The languages that the reader's browser asks for."""
        return self.headers.get("accept-language", "")

    @property
    def idempotency_key(self) -> str:
        """The caller's key, else one that no other request has; of a part, one that no whole request has."""
        part = f"{self.part} of " if self.part else ""
        key = self.headers.get("idempotency-key")
        if key is None:
            return f"{part}request {self.id}"
        if not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
            raise Invalid(("Idempotency-Key", "invalid_key", {"max_length": _MAX_KEY}))
        return f"{part}caller {key}"


def refuse_cross_origin(request: Request, site_url: str) -> None:
    """Raises Refused when the browser says that a state-changing request comes from another site."""
    if not request.changes_state:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(CROSS_ORIGIN)
    here = f"{request.headers.get('x-forwarded-proto', 'https')}://{request.headers.get('host', '')}"
    if request.headers.get("origin", site_url) not in (site_url, here):
        raise Refused(CROSS_ORIGIN)


def read_json(event: Mapping[str, Any], headers: Mapping[str, str], limit: int = MAX_BODY) -> Any:
    """The body as JSON; an absent one reads as an empty object.

    Raises Refused with `too_large`, `unsupported_media_type` or `bad_json`: duplicate keys, NaN, lone surrogates and
    absurd nesting are not JSON to us.
    """
    content = _content(event, limit)
    if not content and "content-type" not in headers:
        return {}
    if not _is_json(headers.get("content-type", "")):
        raise Refused(UNSUPPORTED_MEDIA_TYPE, media_type="application/json")
    if not content:
        return {}
    try:
        document = json.loads(content.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refused(BAD_JSON) from error
    if not isinstance(document, dict):
        raise Refused(BAD_JSON)
    return document


def read_file(event: Mapping[str, Any], headers: Mapping[str, str], media_type: str) -> bytes:
    """The body as a file of that type. Raises Refused with `too_large` or `unsupported_media_type`."""
    content = _content(event, MAX_FILE)
    if headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise Refused(UNSUPPORTED_MEDIA_TYPE, media_type=media_type)
    return content


def meaning(request: Request, content: Any) -> str:
    """What makes a repeat the same request; to be kept as a keyed digest alone, since it may hold a password."""
    return json.dumps([request.method, request.path, sorted(request.query.items()), content], sort_keys=True)


def _content(event: Mapping[str, Any], limit: int) -> bytes:
    raw = event.get("body") or ""
    content = base64.b64decode(raw) if event.get("isBase64Encoded") else raw.encode("utf-8", "surrogatepass")
    if len(content) > limit:
        raise Refused(TOO_LARGE, max_kib=limit // 1024)
    return content


def _is_json(content_type: str) -> bool:
    kind, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    return kind.strip().lower() == "application/json" and charset in ("", "charset=utf-8")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("duplicate key")
    return document


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")
