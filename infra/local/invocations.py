"""Lambda's Invoke, as one function calls another: answered in this process, while the caller waits or later."""

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from infra.local.functions import Functions

_PATH = re.compile(r"/2015-03-31/functions/(?:.*function(?::|%3A))?([^/]+)/invocations")


class Invocations:
    """The WSGI application."""

    def __init__(self, functions: Functions, put: Callable[[str, Any], None]) -> None:
        self._functions = functions
        self._put = put
        self._logical_names = {function.name: name for name, function in functions.by_name.items()}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one invocation, of the type RequestResponse or Event."""
        request = Request(environ)
        found = _PATH.fullmatch(request.path)
        name = self._logical_names.get(found[1]) if found else None
        if name is None:
            response = _json({"Message": "Function not found"}, 404)
            response.headers["X-Amzn-ErrorType"] = "ResourceNotFoundException"
        else:
            response = self._later(name, request) if _is_event(request) else self._invoke(name, request)
        return response(environ, start_response)

    def _later(self, name: str, request: Request) -> Response:
        self._put(name, json.loads(request.get_data()))
        return Response(status=202)

    def _invoke(self, name: str, request: Request) -> Response:
        try:
            return _json(self._functions.call(name, json.loads(request.get_data())), 200)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            response = _json({"errorMessage": str(error), "errorType": type(error).__name__}, 200)
            response.headers["X-Amz-Function-Error"] = "Unhandled"
            return response


def _is_event(request: Request) -> bool:
    return request.headers.get("X-Amz-Invocation-Type") == "Event"


def _json(content: object, status: int) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")
