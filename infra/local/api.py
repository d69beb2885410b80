"""API Gateway's HTTP API: finds the route of a request, and speaks payload format 2.0 with its function."""

import base64
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from infra.local.aws import ACCOUNT
from infra.local.resources import Function

MAX_BODY = 10 * 1024 * 1024
# Of a network that belongs to nobody: who reaches API Gateway through CloudFront is one of its edges.
EDGE = "203.0.113.7"
_SEGMENT = re.compile(r"\{([^{}+]+)(\+?)\}")
_TEXT_TYPES = re.compile(r"text/.*|application/(.+\+)?(json|xml|javascript)", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    """A method and a path of the API, and the function that answers there."""

    method: str
    path: str
    function: str

    def values(self, path: str) -> dict[str, str] | None:
        """The path's variables if it is of this route, else None."""
        matched = self._pattern.fullmatch(path)
        return matched.groupdict() if matched else None

    @property
    def _pattern(self) -> re.Pattern[str]:
        parts: list[str] = []
        for segment in self.path.split("/"):
            variable = _SEGMENT.fullmatch(segment)
            if variable is None:
                parts.append(re.escape(segment))
            else:
                parts.append(f"(?P<{variable[1]}>{'.+' if variable[2] else '[^/]+'})")
        return re.compile("/".join(parts), re.DOTALL)

    @property
    def rank(self) -> tuple[Any, ...]:
        """Sorts the most specific route first: fixed segments before variables, those before greedy ones, ANY last."""
        kinds = [1 if not (found := _SEGMENT.fullmatch(part)) else 3 if found[2] else 2 for part in self._parts]
        return (*kinds, 4), self.method == "ANY"

    @property
    def _parts(self) -> list[str]:
        return self.path.split("/")[1:]


def routes(functions: Mapping[str, Function]) -> list[Route]:
    """All routes of the template's functions, the most specific first."""
    found = [
        Route(properties["Method"].upper(), properties["Path"], name)
        for name, function in functions.items()
        for event in function.events.values()
        if event["Type"] == "HttpApi" and (properties := event["Properties"])
    ]
    return sorted(found, key=lambda route: route.rank)


def find(known: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route that answers a request, and the path's variables."""
    for route in known:
        if route.method in ("ANY", method) and (values := route.values(path)) is not None:
            return route, values
    return None


def from_cloudfront(viewer: str, secret: str) -> dict[str, str]:
    """The headers that CloudFront sets in place of a caller's own of these names; `viewer` is address:port."""
    return {"cloudfront-viewer-address": viewer, "x-origin-secret": secret}


def event(request: Request, route: Route, values: Mapping[str, str], secret: str) -> dict[str, Any]:
    """The request as the function sees it, come through CloudFront, which shows that secret.

    The path comes decoded, as HTTP APIs send it, the query string raw.
    """
    now = datetime.now(UTC)
    body, is_base64 = _encoded(request)
    query = request.query_string.decode("latin-1")
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != "cookie"}
    viewer, port = request.remote_addr, request.environ.get("REMOTE_PORT", 0)
    headers |= {
        **from_cloudfront(f"{viewer}:{port}", secret),
        "x-forwarded-for": ", ".join([*request.headers.getlist("X-Forwarded-For"), str(viewer), EDGE]),
        "x-forwarded-port": request.host.rpartition(":")[2] if ":" in request.host else "80",
        "x-forwarded-proto": "http",
    }
    content: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{route.method} {route.path}",
        "rawPath": request.path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": request.host,
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.environ["SERVER_PROTOCOL"],
                "sourceIp": EDGE,
                "userAgent": request.headers.get("User-Agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": f"{route.method} {route.path}",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": is_base64,
    }
    if cookies := request.headers.get("Cookie"):
        content["cookies"] = [cookie.strip() for cookie in cookies.split(";") if cookie.strip()]
    if query:
        content["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if values:
        content["pathParameters"] = dict(values)
    if body is not None:
        content["body"] = body
    return content


def response(answer: Any) -> Response:
    """The function's answer as HTTP; one without a `statusCode` is a JSON body, as HTTP APIs read it."""
    if not (isinstance(answer, Mapping) and "statusCode" in answer):
        return Response(json.dumps(answer), 200, content_type="application/json")
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    made = Response(content, int(answer["statusCode"]))
    del made.headers["Content-Type"]
    for name, value in (answer.get("headers") or {}).items():
        made.headers[name] = str(value)
    if content and "Content-Type" not in made.headers:
        made.headers["Content-Type"] = "text/plain; charset=utf-8"
    for cookie in answer.get("cookies") or ():
        made.headers.add("Set-Cookie", cookie)
    return made


def problem(status: int, code: str, title: str, detail: str) -> Response:
    """An error that no function answers, in the same form as theirs."""
    document = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": str(uuid.uuid4()),
    }
    return Response(json.dumps(document), status, content_type="application/problem+json")


def _encoded(request: Request) -> tuple[str | None, bool]:
    content = request.get_data(cache=True)
    if not content:
        return None, False
    if _TEXT_TYPES.fullmatch(request.mimetype or "application/octet-stream"):
        try:
            return content.decode(), False
        except UnicodeDecodeError:
            pass  # the function says what it thinks of it
    return base64.b64encode(content).decode(), True


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
