"""The gateway: one origin for the site, the API, presigned uploads and downloads, and the `/_local` calls."""

import json
import sys
import traceback
import uuid
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from infra.local import api, objects
from infra.local.functions import Functions
from infra.local.locks import SharedLock
from infra.local.objects import PublicStore
from infra.local.site import Site

_STATIC_API = "/api/openapi.json"
_OF_FUNCTIONS = ("/api/", "/forms/")


class Gateway:
    """The WSGI application; `calls` is shared by the API's calls, and had alone by what no call may see halfway.

    As CloudFront does, it shows the API `origin_secret`.
    """

    def __init__(
        self,
        site: Site,
        functions: Functions,
        store: PublicStore,
        controls: Callable[[Request], Response],
        calls: SharedLock,
        origin: str,
        origin_secret: str,
    ) -> None:
        self._site = site
        self._functions = functions
        self._routes: Sequence[api.Route] = api.routes(functions.by_name)
        self._store = store
        self._controls = controls
        self._calls = calls
        self._origin = origin
        self._origin_secret = origin_secret

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        request = Request(environ)
        request.max_form_memory_size = None
        path = request.path
        try:
            if path.startswith(objects.PREFIX):
                response = self._store.respond(request)
            elif path.startswith("/_local/"):
                response = self._controls(request)
            elif path.startswith(_OF_FUNCTIONS) and not (path == _STATIC_API and request.method in ("GET", "HEAD")):
                response = self._call(request)
            else:
                response = self._site.respond(request)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            response = api.problem(500, "internal_error", "Internal error", "See the local cloud's terminal.")
        return response(environ, start_response)

    def _call(self, request: Request) -> Response:
        found = api.find(self._routes, request.method, request.path)
        if found is None:
            response = _refused(request, "NOT_FOUND")
        elif (request.content_length or 0) > api.MAX_BODY:
            response = _refused(request, "TOO_LARGE", max_kib=api.MAX_BODY // 1024)
        else:
            route, values = found
            event = api.event(request, route, values, self._origin_secret)
            with self._calls.shared():
                response = api.response(self._functions.invoke(route.function, event))
        self._to_origin_of(request, response)
        for name, value in self._site.headers.items():
            response.headers.setdefault(name, value)
        return response

    def _to_origin_of(self, request: Request, response: Response) -> None:
        """Let links to the store point to the origin that the reader is at: the page's policy allows no other."""
        origin = request.host_url.rstrip("/")
        if origin != self._origin and response.mimetype == "application/json":
            there = response.get_data().replace(
                f"{self._origin}{objects.PREFIX}".encode(), f"{origin}{objects.PREFIX}".encode()
            )
            response.set_data(there)


def _refused(request: Request, code: str, **facts: int) -> Response:
    """What no function is asked, refused in the functions' own words."""
    problem, refusal, texts = (import_module(f"functions.shared.{name}") for name in ("problem", "refusal", "texts"))
    language = texts.language_for(request.headers.get("Accept-Language", ""))
    request_id = str(uuid.uuid4())
    body = problem.problem(refusal.Refused(getattr(refusal, code), **facts), request_id, language)
    headers = {"Content-Language": language, "Cache-Control": "no-store", "X-Request-Id": request_id}
    return Response(json.dumps(body), body["status"], headers, content_type="application/problem+json")
