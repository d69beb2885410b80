"""Uploads: honest files are kept for the staff, hostile ones rejected with their reason, and nothing stays behind."""

import hashlib
import io
import random
import subprocess
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from functions.shared.texts import Texts
from functions.workers import uploads
from functions.workers.inspection import Rejected, inspected, kind_of
from functions.workers.rendering import MAX_DRAWN
from tests import kept
from tests.customers import account_id, announced, document, onboarding, put, send
from tests.desk import Desk, unwrapped
from tests.functions.test_documents import objects
from tests.papers import DOCUMENT, FORM, HEIC, HONEST, HOSTILE, PHOTO, PICTURE, WITH_INK, archive, image

INES, TOM = "ines.garcia@example.com", "tom.nguyen@example.com"


def stored(key: str) -> bytes:
    cloud = kept.cloud()
    return cloud.files.get_object(Bucket=cloud.settings.papers, Key=key)["Body"].read()


def landed(key: str, version: str) -> Any:
    return {"Records": [{"s3": {"object": {"key": key, "versionId": version}}}]}


def drawn(rendering: bytes) -> list[Image.Image]:
    """The pages of a rendering, or the picture that it is."""
    if not rendering.startswith(b"%PDF-"):
        return [Image.open(io.BytesIO(rendering))]
    return [page.render(scale=1).to_pil() for page in pypdfium2.PdfDocument(rendering)]


def verdict(content: bytes) -> str:
    try:
        return "kept" if inspected(content).content else "nothing"
    except Rejected as rejected:
        return rejected.code


@pytest.mark.parametrize("name", HONEST)
def test_what_people_send_is_taken(name: str) -> None:
    _, content = HONEST[name]
    rendering = inspected(content)
    assert rendering.content_type == {"image/heic": "image/jpeg"}.get(kind_of(content), kind_of(content))
    for page in drawn(rendering.content):
        assert page.mode in ("L", "RGB")
        assert page.width * page.height <= MAX_DRAWN


@pytest.mark.parametrize("name", WITH_INK)
def test_what_is_written_can_be_read(name: str) -> None:
    [page] = drawn(inspected(WITH_INK[name][1]).content)
    middle, edge = page.getpixel((page.width // 2, page.height // 2)), page.getpixel((5, 5))
    assert max(middle) < 30  # type: ignore[arg-type]
    assert min(edge) > 225  # type: ignore[arg-type]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_not_taken(name: str) -> None:
    _, content, reason = HOSTILE[name]
    assert verdict(content) == reason


@pytest.mark.parametrize(
    "name",
    ["a photo", "a picture", "a PDF that may not be printed", "a photo of a phone", "no type", "another such type"],
)
def test_an_honest_file_is_kept_for_the_staff(desk: Desk, name: str) -> None:
    tom = desk.client(TOM)
    content_type, content = HONEST[name]

    stands = send(desk, tom, "student_card", content, content_type)

    assert (stands["status"], stands["reason"], stands["lacking"]) == ("in_review", None, [])
    assert onboarding(tom)["status"] == "in_review"
    [key] = objects()
    assert key.startswith(f"papers/{account_id(tom)}/student_card/")
    assert stored(key) == inspected(content).content


def test_a_photo_of_a_new_phone_is_shown_smaller() -> None:
    """64 megapixels, in as little memory as the process has."""
    content = image("JPEG", (9248, 6936), quality=30)
    [shown] = drawn(inspected(content).content)
    assert shown.size == (4618, 3464)


def test_small_print_stays_legible() -> None:
    """At least 150 dots an inch on A4, and more of a card."""
    with pikepdf.open(io.BytesIO(inspected(DOCUMENT).content)) as document:
        [picture] = document.pages[0].images.values()
        assert picture.Width >= 1240
    with pikepdf.open(io.BytesIO(inspected(HONEST["a PDF as small as a card"][1]).content)) as document:
        [picture] = document.pages[0].images.values()
        assert picture.Width >= 2000


def test_what_is_filled_in_is_seen() -> None:
    [page] = drawn(inspected(FORM).content)
    assert min(page.convert("L").crop((60, 60, 260, 160)).tobytes()) < 100


def test_nothing_of_a_file_is_in_its_rendering() -> None:
    """What acts by itself is refused; whatever else a PDF holds stays behind too."""
    _, content = HONEST["a PDF with links"]
    assert b"www.example.com" in content
    rendering = inspected(content).content
    with pikepdf.open(io.BytesIO(rendering)) as document:
        assert not any("/Annots" in page for page in document.pages)
        assert {str(key) for key in document.Root} == {"/Pages", "/Type"}
    assert b"example.com" not in rendering


def test_the_process_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def run(*arguments: Any, **options: Any) -> Any:
        given.append(options["env"])
        return ran(*arguments, **options)

    ran = subprocess.run
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "sesame")
    assert inspected(PICTURE).content
    assert not [name for name in given[0] if "AWS" in name or "SECRET" in name]


def test_a_photo_is_upright_and_says_nothing_but_what_it_shows(desk: Desk) -> None:
    send(desk, desk.client(TOM), "student_card", PHOTO)
    [key] = objects()
    kept_photo = stored(key)
    assert b"SECRET" in PHOTO
    assert b"SECRET" not in kept_photo
    with Image.open(io.BytesIO(kept_photo)) as shown:
        assert shown.size == (40, 60)
        assert not shown.getexif()
        # Red was on the left; turned a quarter to the right it is at the top.
        assert shown.getpixel((20, 10))[0] > 150 > shown.getpixel((20, 10))[1]  # type: ignore[index]
        assert min(shown.getpixel((20, 50))) > 200  # type: ignore[arg-type]


def test_what_hides_behind_an_image_is_not_kept() -> None:
    for content in (PHOTO, PICTURE):
        redrawn = inspected(content + archive() + b"<script>alert(1)</script>" + DOCUMENT).content
        assert not any(mark in redrawn for mark in (b"PK\x03\x04", b"<script", b"%PDF"))


@pytest.mark.parametrize(
    "name", ["a page", "half a JPEG", "a PDF with a script by name", "a PDF with a password", "a PDF of 31 pages"]
)
def test_a_hostile_file_is_rejected_with_its_reason_and_deleted(desk: Desk, name: str) -> None:
    content_type, content, reason = HOSTILE[name]
    ines = desk.client(INES)

    stands = send(desk, ines, "identity", content, content_type)

    assert stands["status"] == "rejected"
    assert stands["reason"] == Texts("en")(f"documents.rejected.{reason}")
    assert onboarding(ines)["status"] == "pending"
    assert not objects()
    mail = desk.mails(INES)[0]
    assert mail.subject == "We could not use your file: identity document"
    assert stands["reason"] in unwrapped(mail)
    assert not desk.client("jo.keller@example.com").get("/api/reviews").json()["items"]


def test_there_are_thirty_of_them() -> None:
    assert len(HOSTILE) >= 30


def test_the_reason_is_in_the_customers_language(desk: Desk) -> None:
    stands = send(desk, desk.client(TOM), "student_card", HOSTILE["a PDF with a password"][1])
    assert stands["reason"].startswith("Le PDF ne s’ouvre qu’avec un mot de passe")


def test_a_rejected_paper_can_be_sent_again(desk: Desk) -> None:
    tom = desk.client(TOM)
    send(desk, tom, "student_card", b"\xff\xd8\xff")
    assert send(desk, tom, "student_card")["status"] == "in_review"


def test_more_than_the_store_would_take_is_not_looked_at() -> None:
    with pytest.raises(Rejected, match="too_big"):
        inspected(b"%PDF-" + bytes(11 * 1024 * 1024))
    with pytest.raises(Rejected, match="empty"):
        inspected(b"")


@pytest.mark.parametrize("content", [PHOTO, PICTURE, DOCUMENT, HEIC])
def test_a_damaged_file_is_taken_or_rejected_and_nothing_else(content: bytes) -> None:
    chance, known = random.Random(5), {"kept", *Texts("en").entry("documents.rejected")}
    for _ in range(8):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 20)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        assert verdict(bytes(damaged)) in known


def test_a_file_that_nobody_announced_is_destroyed(desk: Desk) -> None:
    cloud, tom = kept.cloud(), desk.client(TOM)
    for key in (
        f"quarantine/{account_id(tom)}/student_card/{'0' * 32}/{'0' * 32}",
        f"quarantine/A-0/student_card/{'0' * 32}/{'0' * 32}",
    ):
        cloud.files.put_object(Bucket=cloud.settings.papers, Key=key, Body=PHOTO)
    desk.settle()
    assert not objects()
    assert document(tom, "student_card")["status"] == "missing"


def test_a_landing_that_is_told_of_twice_is_dealt_with_once(desk: Desk) -> None:
    tom, cloud = desk.client(TOM), kept.cloud()
    upload = announced(tom, "student_card")
    put(upload, PHOTO)
    desk.settle()
    before = objects()
    uploads.create(cloud)(landed(upload["fields"]["key"], "gone"), None)
    desk.settle()
    assert objects() == before
    assert document(tom, "student_card")["status"] == "in_review"


def test_a_form_used_twice_leaves_one_file(desk: Desk) -> None:
    tom = desk.client(TOM)
    upload = announced(tom, "student_card")
    put(upload, PHOTO)
    put(upload, bytes(len(PHOTO)))
    desk.settle()
    assert len(objects()) == 1
    [key] = objects()
    assert key.endswith(hashlib.sha256(PHOTO).hexdigest())
    assert hashlib.sha256(PHOTO).hexdigest() in kept.everything()


@pytest.mark.parametrize("broken_at", range(7))
def test_a_run_that_breaks_off_is_swept_up(desk: Desk, monkeypatch: pytest.MonkeyPatch, broken_at: int) -> None:
    """The worker's own steps, each failing once: the file is neither lost nor kept twice."""
    calls = []
    names = ["_awaited", "_content", "inspected", "_keep", "_note", "_take_in", "destroy"]
    failing = getattr(uploads, names[broken_at])

    def once(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise RuntimeError("it broke off")
        return failing(*arguments, **options)

    monkeypatch.setattr(uploads, names[broken_at], once)
    tom = desk.client(TOM)
    send(desk, tom, "student_card")
    assert len(calls) == 1
    desk.advance("15m")
    assert document(tom, "student_card")["status"] == "in_review"
    [key] = set(objects())
    assert key.startswith("papers/")
