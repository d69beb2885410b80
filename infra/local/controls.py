"""The `/_local` calls: mailbox, clock, reset, people and the functions' environment."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from werkzeug.wrappers import Request, Response

from infra.local import api

if TYPE_CHECKING:
    from infra.local.cloud import LocalCloud

_FOLDER = Path(__file__).parent
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
# Past that, one move would take minutes; two moves get there as well.
_FARTHEST = timedelta(days=3660)
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# A mail brings its own inline styles and nothing else; its links may open, its scripts never run.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


class Controls:
    """Answers them for one cloud."""

    def __init__(self, cloud: "LocalCloud") -> None:
        self._cloud = cloud
        self._pages = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True)
        self._pages.filters["linked"] = linked
        self._calls: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/_local/mail"): self._mailbox,
            ("GET", "/_local/mail.json"): self._mails,
            ("GET", "/_local/mail.css"): self._style,
            ("GET", "/_local/clock"): self._clock,
            ("POST", "/_local/clock"): self._move_clock,
            ("POST", "/_local/reset"): self._reset,
            ("GET", "/_local/people.json"): self._people,
            ("GET", "/_local/codes.json"): self._codes,
            ("GET", "/_local/functions.json"): self._functions,
        }

    def __call__(self, request: Request) -> Response:
        """Answer one of them."""
        method = "GET" if request.method == "HEAD" else request.method
        if call := self._calls.get((method, request.path)):
            response = call(request)
        elif method == "GET" and (found := re.fullmatch(r"/_local/mail/(\d+)\.html", request.path)):
            response = self._mail_html(int(found[1]))
        else:
            response = api.problem(404, "not_found", "Not found", f"There is no {request.method} {request.path}.")
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
        return response

    def _mailbox(self, request: Request) -> Response:
        self._cloud.settle()
        mails = self._cloud.mails()
        # The oldest is number 0, so that a mail keeps its address when others come.
        numbered = [(len(mails) - 1 - index, mail) for index, mail in enumerate(mails)]
        page = self._pages.get_template("mail.html").render(mails=numbered)
        return Response(page, content_type="text/html; charset=utf-8")

    def _mail_html(self, number: int) -> Response:
        mails = self._cloud.mails()[::-1]
        if number >= len(mails):
            return api.problem(404, "not_found", "Not found", "There is no such e-mail.")
        headers = {"Content-Security-Policy": _MAIL_POLICY, "Content-Type": "text/html; charset=utf-8"}
        return Response(_opening_outside(mails[number].html), headers=headers)

    def _mails(self, request: Request) -> Response:
        self._cloud.settle()
        return _json([asdict(mail) for mail in self._cloud.mails()])

    def _style(self, request: Request) -> Response:
        return Response((_FOLDER / "mail.css").read_text("utf-8"), content_type="text/css; charset=utf-8")

    def _clock(self, request: Request) -> Response:
        return _json({"now": _rfc3339(self._cloud.now())})

    def _move_clock(self, request: Request) -> Response:
        try:
            target = _target(json.loads(request.get_data()), self._cloud.now())
            self._cloud.move_clock(target)
        except (ValueError, OverflowError) as error:
            return api.problem(422, "invalid_fields", "The clock cannot be moved so", str(error))
        return _json({"now": _rfc3339(self._cloud.now())})

    def _reset(self, request: Request) -> Response:
        self._cloud.reset()
        return _json({"now": _rfc3339(self._cloud.now())})

    def _people(self, request: Request) -> Response:
        return _json(self._cloud.people())

    def _codes(self, request: Request) -> Response:
        """The present codes of the second factors, for who tries the desk without an authenticator."""
        return _json(self._cloud.codes())

    def _functions(self, request: Request) -> Response:
        """What the functions run with, for `make sam-local`."""
        environment = {name: function.environment for name, function in self._cloud.stack.functions.items()}
        return _json({"endpoint": self._cloud.aws.url, "environment": environment})


def linked(text: str) -> Markup:
    """Text with its web addresses as links, everything else escaped."""
    parts: list[Markup] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _opening_outside(html: str) -> str:
    """A mail whose links open in the whole window, not in the frame that shows it."""
    base = '<base target="_top">'
    head = re.search(r"<head[^>]*>", html, re.IGNORECASE)
    return html[: head.end()] + base + html[head.end() :] if head else base + html


def _target(wish: Any, now: datetime) -> datetime:
    """The time that a request for the clock asks for. Raises ValueError when it is none, or behind the clock."""
    match wish:
        case {"advance": str(span), **rest} if not rest and (found := re.fullmatch(r"(\d{1,6})([dhm])", span)):
            target = now + timedelta(**{_UNITS[found[2]]: int(found[1])})
        case {"now": str(text), **rest} if not rest:
            target = datetime.fromisoformat(text)
            if target.tzinfo is None:
                raise ValueError("now needs a time zone, as in 2027-01-31T12:00:00Z")
            target = target.astimezone(UTC)
        case _:
            raise ValueError('say {"advance": "30d"} (d, h, m) or {"now": "2027-01-31T12:00:00Z"}')
    if target < now:
        raise ValueError("the clock only goes forward: POST /_local/reset brings it back to the present")
    if target - now > _FARTHEST:
        raise ValueError(f"the clock moves by {_FARTHEST.days} days at most")
    return target


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json(content: Any) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, indent=1), content_type="application/json")
