"""The gateway over HTTP: the site's files, the API's edges, mails from events."""

import json
import re
import socket
import threading
from pathlib import Path

import httpx
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from infra.local.api import MAX_BODY
from infra.local.cloud import ROOT
from infra.local.site import Site
from infra.publish import ASK_AGAIN, FOREVER
from tests.desk import Desk

HEADERS = "Content-Security-Policy"


def get(desk: Desk, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{desk.url}{path}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def raw(desk: Desk, target: str) -> bytes:
    """The answer to a path that clients would tidy up before they send it."""
    with socket.create_connection(("127.0.0.1", desk.cloud.port), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_an_added_user_gets_a_mail(desk: Desk) -> None:
    camille = desk.client("camille.durand@example.com")
    added = camille.post("/api/subscriptions/camille-active/users", {"email": "new@example.com"})
    assert added.status_code == 201
    [mail] = desk.mails()
    assert mail.to == "new@example.com"
    assert mail.text
    assert mail.html


def test_health_says_ok(cloud: Desk) -> None:
    assert get(cloud, "/api/health").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/", 200, "text/html; charset=utf-8"),
        ("/fr/", 200, "text/html; charset=utf-8"),
        ("/nothing-here/", 404, "text/html; charset=utf-8"),
        ("/fr/nothing-here/", 404, "text/html; charset=utf-8"),
        ("/api/openapi.json", 200, "application/json"),
        ("/fr/refund.md", 200, "text/markdown; charset=utf-8"),
        ("/llms.txt", 200, "text/plain; charset=utf-8"),
        ("/cards/fr/refund.png", 200, "image/png"),
    ],
)
def test_the_site_is_served_with_its_headers(cloud: Desk, path: str, status: int, kind: str) -> None:
    response = get(cloud, path)
    assert (response.status_code, response.headers["Content-Type"]) == (status, kind)
    wanted = json.loads((ROOT / "build/headers.json").read_text())
    assert wanted.items() <= {name: response.headers.get(name) for name in wanted}.items()


def test_what_pages_take_in_is_kept_for_good_and_pages_are_asked_for_anew(cloud: Desk) -> None:
    home = get(cloud, "/fr/")
    found = re.search(r'data-index="(/assets/search/fr-[^"]+)"', home.text)
    assert found
    index = get(cloud, found[1])
    assert (index.status_code, index.headers["Content-Type"]) == (200, "application/json")
    kept = {answer: answer.headers["Cache-Control"] for answer in (home, index, get(cloud, "/assets/gone.css"))}
    assert [*kept.values()] == [ASK_AGAIN, FOREVER, ASK_AGAIN]


def test_every_file_of_the_site_has_a_type(cloud: Desk) -> None:
    site = ROOT / "build/site"
    kinds = {file.suffix: file for file in site.rglob("*") if file.is_file()}
    unknown = [
        suffix
        for suffix, file in kinds.items()
        if "octet-stream" in get(cloud, f"/{file.relative_to(site).as_posix()}").headers["Content-Type"]
    ]
    assert unknown == []


def test_a_folder_is_led_to_its_slash_and_never_to_another_host(cloud: Desk) -> None:
    response = get(cloud, "/fr?x=1")
    assert (response.status_code, response.headers["Location"]) == (302, "/fr/?x=1")
    assert b"Location: /fr/\r\n" in raw(cloud, "//fr")


@pytest.mark.parametrize("aside", ["/forms.css/", "/./forms.css", "/fr/../forms.css", "/fr//", "/fr/index.html/"])
def test_a_file_has_one_address(cloud: Desk, aside: str) -> None:
    assert get(cloud, "/forms.css").status_code == 200
    assert raw(cloud, aside).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    ("taken", "expected"),
    [("gzip", "gzip"), ("gzip, deflate, br", "br"), ("br;q=0, gzip", "gzip"), ("zstd, br", "br")],
)
def test_a_file_is_sent_once_and_packed(cloud: Desk, taken: str, expected: str) -> None:
    plain = get(cloud, "/", Accept_Encoding="identity")
    packed = get(cloud, "/", Accept_Encoding=taken)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == expected
    assert packed.content == plain.content
    assert packed.headers["ETag"] != plain.headers["ETag"]
    again = get(cloud, "/", Accept_Encoding=taken, If_None_Match=packed.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers[HEADERS] == packed.headers[HEADERS]


def test_head_has_the_length_and_no_body(cloud: Desk) -> None:
    response = httpx.head(f"{cloud.url}/", headers={"Accept-Encoding": "identity"})
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) > 0
    assert response.content == b""
    assert httpx.post(f"{cloud.url}/").status_code == 405


@pytest.mark.parametrize(
    "target",
    [
        "/../headers.json",
        "/%2e%2e/headers.json",
        "/assets/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
        "/..%2fheaders.json",
        "/..%5cheaders.json",
        "//etc/passwd",
        "/%00",
        "/index.html%00.css",
        f"/{'a' * 5000}",
        f"/{'a/' * 900}",
    ],
)
def test_nothing_outside_the_site_is_served(cloud: Desk, target: str) -> None:
    answer = raw(cloud, target)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"root:" not in answer
    assert b"requires-python" not in answer


def test_a_link_out_of_the_site_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "build/site"
    folder.mkdir(parents=True)
    (folder / "404.html").write_text("nothing here")
    (folder / "page.html").write_text("a page")
    (folder / "outside").symlink_to("/etc")
    site = Site(tmp_path, rebuild=False)
    assert site.respond(Request(EnvironBuilder("/page.html").get_environ())).status_code == 200
    assert site.respond(Request(EnvironBuilder("/outside/passwd").get_environ())).status_code == 404


def test_what_the_api_has_not_is_refused_in_the_readers_language(cloud: Desk) -> None:
    english, french = (get(cloud, "/api/nothing", Accept_Language=language) for language in ("en", "fr"))
    assert english.status_code == french.status_code == 404
    assert english.headers["Content-Type"] == "application/problem+json"
    assert english.json()["code"] == french.json()["code"] == "not_found"
    assert english.json()["title"] != french.json()["title"]
    assert english.headers["X-Content-Type-Options"] == "nosniff"
    assert english.headers["X-Request-Id"] == english.json()["request_id"]


@pytest.mark.parametrize("method", ["TRACE", "QUERY", "BREW"])
def test_a_method_is_refused_by_whoever_is_asked(cloud: Desk, method: str) -> None:
    response = httpx.request(method, f"{cloud.url}/api/health")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")


def test_more_than_api_gateway_takes_is_refused(cloud: Desk) -> None:
    url = f"{cloud.url}/api/contracts/verification"
    response = httpx.post(url, content=b"x" * (MAX_BODY + 1), headers={"Content-Type": "application/pdf"})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert response.headers["X-Request-Id"] == response.json()["request_id"]


def test_connections_are_kept_and_take_bodies_in_chunks(cloud: Desk) -> None:
    with httpx.Client(base_url=cloud.url) as client:
        for _ in range(3):
            sent = client.post("/api/session", content=iter([b"{", b"}"]), headers={"Content-Type": "application/json"})
            assert sent.status_code == 422
            stream = sent.extensions["network_stream"].get_extra_info("client_addr")
            assert stream == client.get("/api/health").extensions["network_stream"].get_extra_info("client_addr")


def test_a_request_that_is_none_is_refused(cloud: Desk) -> None:
    with socket.create_connection(("127.0.0.1", cloud.cloud.port), timeout=10) as connection:
        connection.sendall(b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_what_a_transaction_has_written_so_far_is_in_no_stream(cloud: Desk) -> None:
    """It may still be cancelled: whoever reads waits until it is done; but who is told of it reads at once."""
    aws, [table] = cloud.cloud.aws, cloud.cloud.stack.tables()
    stream, read = aws.stream(table), list[object]()
    reader = threading.Thread(target=lambda: read.append(stream.at_hand(0)))
    with aws.lock:
        assert stream.at_hand(0) is not None
        reader.start()
        reader.join(0.2)
        assert read == []
    reader.join()
    assert len(read) == 1
