"""Uploads: honest files are kept for the staff, hostile ones rejected with their reason, and nothing stays behind."""

import hashlib
import io
import random
from typing import Any

import pikepdf
import pytest
from PIL import Image

from functions.onboarding.documents import quarantine_key
from functions.shared.texts import Texts
from functions.workers import uploads
from functions.workers.inspection import Rejected, inspected
from tests import kept
from tests.customers import account_id, announced, document, onboarding, put, send
from tests.desk import Desk
from tests.functions.test_documents import objects
from tests.papers import DOCUMENT, HOSTILE, PHOTO, PICTURE, archive, image, pdf

INES, TOM = "ines.garcia@example.com", "tom.nguyen@example.com"


def stored(key: str) -> bytes:
    cloud = kept.cloud()
    return cloud.files.get_object(Bucket=cloud.settings.papers, Key=key)["Body"].read()


def landed(key: str, version: str) -> Any:
    return {"Records": [{"s3": {"object": {"key": key, "versionId": version}}}]}


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (PHOTO, "image/jpeg"),
        (PICTURE, "image/png"),
        (DOCUMENT, "application/pdf"),
        (image("JPEG", mode="L"), "image/jpeg"),
        (image("JPEG", mode="CMYK"), "image/jpeg"),
        (image("PNG", mode="RGBA"), "image/png"),
        (image("PNG", mode="P"), "image/png"),
        (image("PNG", mode="1"), "image/png"),
        (image("PNG", mode="I;16"), "image/png"),
        (image("JPEG", (4000, 3000), progressive=True), "image/jpeg"),
        (pdf(linearize=True), "application/pdf"),
        (pdf(object_stream_mode=pikepdf.ObjectStreamMode.disable) + b"\r\n\0\n", "application/pdf"),
    ],
)
def test_an_honest_file_is_kept_for_the_staff(desk: Desk, content: bytes, content_type: str) -> None:
    tom = desk.client(TOM)

    stands = send(desk, tom, "student_card", content, content_type)

    assert (stands["status"], stands["reason"]) == ("in_review", None)
    assert onboarding(tom)["status"] == "in_review"
    [key] = objects()
    assert key.startswith(f"papers/{account_id(tom)}/student_card/")
    if content_type == "application/pdf":
        assert stored(key) == content


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
    for content, content_type in ((PHOTO, "image/jpeg"), (PICTURE, "image/png")):
        redrawn = inspected(content + archive() + b"<script>alert(1)</script>" + DOCUMENT, content_type)
        assert not any(mark in redrawn for mark in (b"PK\x03\x04", b"<script", b"%PDF"))


def _verdict(content: bytes, content_type: str) -> str:
    try:
        return "kept" if inspected(content, content_type) else "nothing"
    except Rejected as rejected:
        return rejected.code


@pytest.mark.parametrize("name", HOSTILE)
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
    assert stands["reason"] in mail.text
    assert not desk.client("jo.keller@example.com").get("/api/reviews").json()["items"]


def test_there_are_thirty_of_them() -> None:
    assert len(HOSTILE) >= 30


def test_the_reason_is_in_the_customers_language(desk: Desk) -> None:
    stands = send(desk, desk.client(TOM), "student_card", *reversed(HOSTILE["a PDF with a password"][:2]))
    assert stands["reason"].startswith("Le PDF est protégé par un mot de passe")


def test_a_rejected_paper_can_be_sent_again(desk: Desk) -> None:
    tom = desk.client(TOM)
    send(desk, tom, "student_card", b"\xff\xd8\xff")
    assert send(desk, tom, "student_card")["status"] == "in_review"


def test_more_than_the_store_would_take_is_not_looked_at() -> None:
    with pytest.raises(Rejected, match="too_big"):
        inspected(b"%PDF-" + bytes(11 * 1024 * 1024), "application/pdf")
    with pytest.raises(Rejected, match="empty"):
        inspected(b"", "application/pdf")


@pytest.mark.parametrize(
    ("content", "content_type"), [(PHOTO, "image/jpeg"), (PICTURE, "image/png"), (DOCUMENT, "application/pdf")]
)
def test_a_damaged_file_is_taken_or_rejected_and_nothing_else(content: bytes, content_type: str) -> None:
    chance, known = random.Random(5), {"kept", *Texts("en").entry("documents.rejected")}
    for _ in range(8):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 20)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        assert _verdict(bytes(damaged), content_type) in known


def test_a_file_that_nobody_announced_is_destroyed(desk: Desk) -> None:
    cloud, tom = kept.cloud(), desk.client(TOM)
    for key in (
        quarantine_key(account_id(tom), "student_card", "0" * 32),
        quarantine_key("A-0", "student_card", "0" * 32),
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


@pytest.mark.parametrize("broken_at", range(6))
def test_a_run_that_breaks_off_is_swept_up(desk: Desk, monkeypatch: pytest.MonkeyPatch, broken_at: int) -> None:
    """The worker's own steps, each failing once: the file is neither lost nor kept twice."""
    calls = []
    names = ["_awaited", "_content", "inspected", "_keep", "_take_in", "destroy"]
    failing = getattr(uploads, names[broken_at])

    def once(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise RuntimeError("it broke off")
        return failing(*arguments)

    monkeypatch.setattr(uploads, names[broken_at], once)
    tom = desk.client(TOM)
    send(desk, tom, "student_card")
    assert len(calls) == 1
    desk.advance("15m")
    assert document(tom, "student_card")["status"] == "in_review"
    [key] = set(objects())
    assert key.startswith("papers/")
