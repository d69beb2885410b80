"""A small threaded HTTP/1.1 server for WSGI applications that keeps connections alive, which Werkzeug's does not."""

import io
import socket
import sys
import threading
import traceback
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.serving import DechunkedInput

MAX_BODY = 64 * 1024 * 1024
_IDLE_SECONDS = 120


class _Refused(Exception):
    """What came in is not HTTP that we read."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it a small answer waits 40 ms for the acknowledgement of the one before.
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS
    server: "_Server"

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client went away

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: what goes wrong is logged where it does."""

    def log_error(self, format: str, *arguments: object) -> None:
        """Nothing either: a connection that idled too long is closed, and that is all."""

    def version_string(self) -> str:
        return "guichet-local"

    def _run(self) -> None:
        try:
            body = self._body()
        except _Refused as refused:
            self.close_connection = True
            self._send(f"{refused.status} {refused.status.phrase}", [], b"")
            return
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((status, headers))
            return lambda data: None

        chunks: Iterable[bytes] = ()
        try:
            chunks = self.server.app(self._environ(body), start_response)
            content = b"".join(chunks)
            status, headers = started[-1]
        except Exception:
            traceback.print_exc(file=sys.stderr)
            status, headers, content = "500 Internal Server Error", [], b""
        finally:
            if close := getattr(chunks, "close", None):
                close()
        self._send(status, headers, content)

    def __getattr__(self, name: str) -> Any:
        """One method serves every method of HTTP: which of them there are, the application says."""
        if name.startswith("do_"):
            return self._run
        raise AttributeError(name)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            try:
                content = DechunkedInput(self.rfile).read(MAX_BODY + 1)  # type: ignore[arg-type]
            except OSError as error:
                raise _Refused(HTTPStatus.BAD_REQUEST) from error
            if len(content) > MAX_BODY:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return content
        declared = self.headers.get("Content-Length") or "0"
        if not (declared.isascii() and declared.isdigit()):
            raise _Refused(HTTPStatus.BAD_REQUEST)
        if int(declared) > MAX_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        content = self.rfile.read(int(declared))
        if len(content) < int(declared):
            raise _Refused(HTTPStatus.BAD_REQUEST)
        return content

    def _environ(self, body: bytes) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_PORT": str(self.client_address[1]),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            # WSGI cannot tell X_Foo from X-Foo; neither can a careful server let one pose as the other.
            if "_" in name or name.lower() in ("content-length", "transfer-encoding"):
                continue
            key = name.upper().replace("-", "_")
            key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
            separator = "; " if key == "HTTP_COOKIE" else ","
            environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
        return environ

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code = int(status.split(" ", 1)[0])
        bodiless = code in (204, 304) or code < 200
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in headers if not (bodiless and name.lower() == "content-length")]
        if not bodiless and not any(name.lower() == "content-length" for name, _ in headers):
            lines.append(f"Content-Length: {len(content)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head if bodiless or self.command == "HEAD" else head + content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    app: WSGIApplication

    def server_bind(self) -> None:
        # http.server would look up the host's name, which can take seconds without a network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        traceback.print_exc(file=sys.stderr)


class Server:
    """Listens on 127.0.0.1 from the moment it is made, and answers once it is started.

    Raises OSError when the port is taken; port 0 takes a free one.
    """

    def __init__(self, port: int) -> None:
        self._server = _Server(("127.0.0.1", port), _RequestHandler)
        self._thread: threading.Thread | None = None
        self.port = self._server.server_port

    def start(self, app: WSGIApplication) -> Self:
        """Answer with this application, in threads of its own."""
        self._server.app = app
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"server-{self.port}", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
