"""A document of several files: looked at once all have landed, in their order; rejected, replaced, destroyed as one."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import httpx
import pypdfium2
import pytest

from functions.shared.session import account_key
from functions.workers import uploads
from tests import kept
from tests.customers import STAFF, account_id, announced, decide, document, onboarding, put, send
from tests.desk import Client, Desk, unwrapped
from tests.functions.test_documents import objects
from tests.papers import DOCUMENT, HEIC, PHOTO, image

TOM = "tom.nguyen@example.com"
CARD = "student_card"
DOCUMENTS = "/api/onboarding/documents"
RED, GREEN, BLUE = (image("PNG", colour=colour) for colour in ((200, 0, 0), (0, 160, 0), (0, 0, 200)))


def announce(client: Client, part: int, of: int, content: bytes = PHOTO) -> Any:
    return announced(client, CARD, content, part=part, of=of)


def land(desk: Desk, upload: Any, content: bytes = PHOTO) -> Any:
    assert put(upload, content).status_code == 204
    desk.settle()
    return upload


def stands(client: Client) -> tuple[str, list[int]]:
    shown = document(client, CARD)
    return shown["status"], shown["lacking"]


def pages(desk: Desk, client: Client) -> list[tuple[int, int, int]]:
    """The colour of the middle of each page that the staff see."""
    [paper] = desk.client(STAFF).get(f"/api/reviews/{account_id(client)}").json()["documents"]
    assert paper["content_type"] == "application/pdf"
    got = httpx.get(paper["link"]["url"])
    assert got.headers["Content-Type"] == "application/pdf"
    drawn = [page.render(scale=0.2).to_pil() for page in pypdfium2.PdfDocument(io.BytesIO(got.content))]
    return [page.getpixel((page.width // 2, page.height // 2)) for page in drawn]


def names(colours: list[tuple[int, int, int]]) -> str:
    return "".join("RGB"[max(range(3), key=colour.__getitem__)] for colour in colours)


def test_half_of_a_set_is_forgotten_when_its_time_is_over(desk: Desk) -> None:
    tom = desk.client(TOM)
    land(desk, announce(tom, 1, 2))
    assert stands(tom) == ("missing", [2])
    desk.advance_to(desk.cloud.now() + timedelta(days=61))

    assert onboarding(tom)["status"] == "expired"
    shown = document(tom, CARD)
    assert (shown["status"], shown["reason"], shown["of"], shown["lacking"]) == ("missing", None, 1, [])
    account = kept.store().item(account_key(TOM)) or {}
    assert not account["documents"][CARD]["uploads"]
    assert not objects()


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
def test_all_are_looked_at_in_their_order_once_they_are_here(desk: Desk, order: tuple[int, ...]) -> None:
    tom = desk.client(TOM)
    contents = {1: RED, 2: GREEN, 3: BLUE}
    forms = {part: announce(tom, part, 3, contents[part]) for part in contents}
    landed: list[int] = []
    for part in order[:-1]:
        land(desk, forms[part], contents[part])
        landed.append(part)
        assert stands(tom) == ("missing", [other for other in (1, 2, 3) if other not in landed])
        assert desk.client(STAFF).get("/api/reviews").json()["items"] == []
    land(desk, forms[order[-1]], contents[order[-1]])

    assert stands(tom) == ("in_review", [])
    assert names(pages(desk, tom)) == "RGB"
    assert len(objects()) == 1
    sha256 = [hashlib.sha256(content).hexdigest() for content in contents.values()]
    assert kept.everything().count(" ".join(sha256))


def test_a_pdf_and_photos_are_bound_together(desk: Desk) -> None:
    tom = desk.client(TOM)
    for part, content in enumerate((DOCUMENT, HEIC, PHOTO), 1):
        land(desk, announce(tom, part, 3, content), content)
    assert stands(tom) == ("in_review", [])
    assert len(pages(desk, tom)) == 3


def test_what_has_not_arrived_is_said(desk: Desk) -> None:
    tom = desk.client(TOM)
    land(desk, announce(tom, 1, 3))
    announce(tom, 2, 3)
    in_french = document(tom, CARD)["reason"]
    in_english = tom.call("GET", "/api/onboarding", language="en").json()["documents"][0]["reason"]
    assert in_french == "Il manque les fichiers 2 et 3 sur 3. Renvoyez les 3 ensemble."
    assert in_english == "Files 2 and 3 of 3 have not arrived. Send all 3 again, together."


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"part": 0, "of": 2}, {"part": "too_small"}),
        ({"part": 5, "of": 5}, {"part": "too_big", "of": "too_big"}),
        ({"part": 3, "of": 2}, {"part": "too_big"}),
        ({"part": 2}, {"part": "too_big"}),
        ({"part": "1", "of": 2}, {"part": "not_a_number"}),
    ],
)
def test_parts_are_numbered(cloud: Desk, sent: Any, wrong: Any) -> None:
    asked = {"kind": CARD, "filename": "card", "content_type": "image/jpeg", "size": 9, **sent}
    answer = cloud.client(TOM).post(DOCUMENTS, asked)
    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == wrong


def test_one_that_is_not_taken_rejects_all(desk: Desk) -> None:
    tom = desk.client(TOM)
    first, second = announce(tom, 1, 2), announce(tom, 2, 2, b"<html>")
    land(desk, first)
    land(desk, second, b"<html>")

    shown = document(tom, CARD)
    assert shown["status"] == "rejected"
    assert shown["reason"].startswith("Fichier 2 sur 2. Le fichier n’est ni un PDF")
    assert "Renvoyez ensuite les 2 fichiers ensemble" in shown["reason"]
    assert shown["reason"] in unwrapped(desk.mails(TOM)[0])
    assert not objects()
    assert send(desk, tom, CARD)["status"] == "in_review"


def test_what_lands_after_a_part_was_rejected_is_destroyed(desk: Desk) -> None:
    tom = desk.client(TOM)
    first, second = announce(tom, 1, 2, b"<html>"), announce(tom, 2, 2)
    land(desk, first, b"<html>")
    assert document(tom, CARD)["status"] == "rejected"
    land(desk, second)
    assert document(tom, CARD)["reason"].startswith("Fichier 1 sur 2.")
    assert not objects()


def again(desk: Desk, tom: Client) -> None:
    """The same two parts, both others."""
    forms = [announce(tom, part, 2, content) for part, content in ((1, GREEN), (2, BLUE))]
    for form, content in zip(forms, (GREEN, BLUE), strict=True):
        land(desk, form, content)


def one_alone(desk: Desk, tom: Client) -> None:
    send(desk, tom, CARD, GREEN)


@pytest.mark.parametrize("landed", [[1], [2], []])
@pytest.mark.parametrize("replace", [again, one_alone])
def test_a_new_set_takes_the_place_of_the_old(
    desk: Desk, landed: list[int], replace: Callable[[Desk, Client], None]
) -> None:
    tom = desk.client(TOM)
    old = {part: announce(tom, part, 2, RED) for part in (1, 2)}
    for part in landed:
        land(desk, old[part], RED)
    replace(desk, tom)
    assert stands(tom) == ("in_review", [])
    assert len(objects()) == 1
    for part in {1, 2} - {*landed}:
        land(desk, old[part], RED)
    assert len(objects()) == 1
    if replace is again:
        assert names(pages(desk, tom)) == "GB"


def test_no_front_is_bound_with_the_back_of_another_card(desk: Desk) -> None:
    """The old back has landed, its front has not; the new front lands before the new back is announced."""
    tom = desk.client(TOM)
    announce(tom, 1, 2, RED)
    land(desk, announce(tom, 2, 2, RED), RED)
    land(desk, announce(tom, 1, 2, GREEN), GREEN)
    assert stands(tom) == ("missing", [2])
    land(desk, announce(tom, 2, 2, BLUE), BLUE)
    assert names(pages(desk, tom)) == "GB"


def test_a_part_whose_sending_was_cut_short_is_announced_again(desk: Desk) -> None:
    tom = desk.client(TOM)
    land(desk, announce(tom, 1, 2, RED), RED)
    announce(tom, 2, 2, GREEN)
    land(desk, announce(tom, 2, 2, BLUE), BLUE)
    assert names(pages(desk, tom)) == "RB"


@pytest.mark.parametrize("decision", ["accept", "ask_again"])
def test_all_are_destroyed_once_they_are_decided_upon(desk: Desk, decision: str) -> None:
    tom = desk.client(TOM)
    for part in (1, 2):
        land(desk, announce(tom, part, 2))
    assert objects()
    assert decide(desk.client(STAFF), account_id(tom), CARD, decision, "Too dark.").status_code == 200
    desk.settle()
    assert not objects()
    sha256 = hashlib.sha256(PHOTO).hexdigest()
    assert document(tom, CARD)["destroyed"]["sha256"] == f"{sha256} {sha256}"


def test_a_set_that_never_was_whole_goes_with_the_account(desk: Desk) -> None:
    tom = desk.client(TOM)
    land(desk, announce(tom, 1, 2))
    assert objects()
    desk.client().post("/_local/clock", {"advance": "70d"})
    desk.settle()
    assert onboarding(tom)["status"] == "expired"
    assert not objects()


def test_parts_that_land_at_once(desk: Desk) -> None:
    """Each is told of by a run of its own, and they run together."""
    tom, cloud = desk.client(TOM), kept.cloud()
    work = uploads.create(cloud)
    contents = (RED, GREEN, BLUE)
    forms = [announce(tom, part, 3, content) for part, content in enumerate(contents, 1)]
    start = Barrier(3)

    def run(key: str, version: str) -> None:
        start.wait()
        work({"Records": [{"s3": {"object": {"key": key, "versionId": version}}}]}, None)

    with desk.cloud.nothing_delivered():
        landed = []
        for form, content in zip(forms, contents, strict=True):
            key = form["fields"]["key"]
            version = cloud.files.put_object(Bucket=cloud.settings.papers, Key=key, Body=content)["VersionId"]
            landed.append((key, version))
        threads = [Thread(target=run, args=one) for one in landed]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert stands(tom) == ("in_review", [])
    assert len(objects()) == 1
    assert names(pages(desk, tom)) == "RGB"


STEPS = [
    "_awaited",
    "_content",
    "inspected",
    "_keep",
    "_note",
    "_kept",
    "bound",
    "_take_in",
    "_destroy_what_is_left",
    "destroy",
]


@pytest.mark.parametrize("step", [STEPS[0], *(pytest.param(step, marks=pytest.mark.proof) for step in STEPS[1:])])
def test_a_run_that_dies_is_finished_by_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    tom, cloud = desk.client(TOM), kept.cloud()
    calls: list[Any] = []
    failing = getattr(uploads, step)

    def once(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise RuntimeError("the process died")
        return failing(*arguments, **options)

    contents = (RED, GREEN)
    forms = [announce(tom, part, 2, content) for part, content in enumerate(contents, 1)]
    monkeypatch.setattr(uploads, step, once)
    with desk.cloud.nothing_delivered():
        for form, content in zip(forms, contents, strict=True):
            key = form["fields"]["key"]
            version = cloud.files.put_object(Bucket=cloud.settings.papers, Key=key, Body=content)["VersionId"]
            landing = uploads.Landing.of(key, version)
            assert landing
            try:
                uploads.take_in(cloud, landing)
            except RuntimeError:
                uploads.take_in(cloud, landing)
    assert len(calls) > 1
    assert stands(tom) == ("in_review", [])
    assert names(pages(desk, tom)) == "RG"
    assert len(objects()) == 1
