"""Documents: where a customer's papers stand, and leave to send one straight to the store."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from functions.onboarding import papers
from functions.onboarding.account import (
    OPEN_TO_UPLOADS,
    Account,
    AccountStatus,
    Document,
    DocumentStatus,
    Upload,
    person_key,
)
from functions.onboarding.papers import MAX_BYTES, ContentType, Kind, Profile
from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.desk import Change, Desk
from functions.shared.fields import FileName, RequestModel
from functions.shared.job import Answer, Job
from functions.shared.refusal import Invalid, Refused
from functions.shared.request import Request
from functions.shared.session import Reader, account_key
from functions.shared.store import Items, Put
from functions.shared.texts import Texts

LINK_SECONDS = 300
QUARANTINE = "quarantine/"
KEPT = "papers/"


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError("not_a_date", "not a date") from error
    if day.isoformat() != value:
        raise PydanticCustomError("not_a_date", "not a date")
    return day


class SendDocument(RequestModel):
    """The file that is to be sent."""

    kind: Kind
    filename: FileName
    content_type: ContentType
    size: Annotated[int, Field(ge=1, le=MAX_BYTES)]
    issued_on: Annotated[date, BeforeValidator(_day)] | None = None


class UploadForm(BaseModel):
    """A form that the store takes once: its address, and its fields, the file to follow as the last."""

    url: str
    fields: dict[str, str]


class Accepted(BaseModel):
    """Leave to send the file within five minutes."""

    upload: UploadForm


class Destroyed(BaseModel):
    """What is left of a file that we no longer have."""

    sha256: str
    at: str


class ShownDocument(BaseModel):
    """Where a paper stands."""

    kind: Kind
    status: DocumentStatus
    reason: str | None
    issued_on: str | None
    sent_at: str | None
    decided_at: str | None
    destroyed: Destroyed | None


class Onboarding(BaseModel):
    """Where the customer stands; `days_left` is 0 on the last day and after it."""

    profile: Profile
    status: AccountStatus
    deadline: str
    days_left: int
    documents: list[ShownDocument]


def decide_send(account: Account, asked: SendDocument, upload: str, now: datetime) -> Account:
    """The account with the file announced.

    Raises Refused `not_needed`, `deadline_passed`, `already_sent`, `already_decided`, `too_old`, or Invalid.
    """
    today = clock.day(now)
    paper = next((paper for paper in papers.needed(account.profile) if paper.kind == asked.kind), None)
    if paper is None:
        raise Refused("not_needed")
    document = account.document(asked.kind)
    if account.account_status == "complete" or document.status in ("accepted", "refused"):
        raise Refused("already_decided")
    if account.on(today).account_status == "expired":
        raise Refused("deadline_passed", deadline=account.deadline)
    if document.status not in OPEN_TO_UPLOADS:
        raise Refused("already_sent")
    if asked.issued_on is None and paper.younger_than_months is not None:
        raise Invalid(("issued_on", "required", {}))
    if asked.issued_on is not None and asked.issued_on > today:
        raise Invalid(("issued_on", "in_the_future", {}))
    if asked.issued_on is not None and not papers.is_young_enough(paper, asked.issued_on, today):
        raise Refused("too_old", months=paper.younger_than_months or 0)
    issued_on = asked.issued_on.isoformat() if asked.issued_on else None
    announced = Upload(upload, _last_part(asked.filename), asked.content_type, asked.size, issued_on)
    return replace(account, documents={**account.documents, asked.kind: replace(document, upload=announced)})


def send_document(desk: Desk, request: Request) -> Answer:
    """Leave to send one file, of exactly the type and size that were announced, under a name of ours."""
    asked: SendDocument = request.body
    upload = secrets.token_hex(16)

    def decide(items: Items, reader: Reader, now: datetime) -> Change:
        account = decide_send(Account.stored(items[account_key(reader.email)]), asked, upload, now)
        form = _presigned(desk.cloud, quarantine_key(account.account_id, asked.kind, upload), asked)
        # Written again each time: an account that was not made by a registration has none yet.
        way = Put(person_key(account.account_id), {"email": account.email})
        return Change(Answer(201, {"upload": form}), (account.put(), way))

    return desk.change(request, lambda email: (), decide)


def show_onboarding(desk: Desk, request: Request) -> Answer:
    """The papers of the reader, and the last day to send them."""
    reader, items = desk.read(request, lambda email: ())
    account = Account.stored(items[account_key(reader.email)])
    return Answer(200, shown(account, clock.day(clock.now()), Texts(reader.language)))


def shown(account: Account, today: date, texts: Texts) -> dict[str, Any]:
    """The account's papers as their customer sees them."""
    account = account.on(today)
    return {
        "profile": account.profile,
        "status": account.account_status,
        "deadline": account.deadline.isoformat(),
        "days_left": max(0, (account.deadline - today).days),
        "documents": [
            _shown_document(paper.kind, account.document(paper.kind), texts) for paper in papers.needed(account.profile)
        ],
    }


def reason(document: Document, texts: Texts) -> str | None:
    """Why a paper was not taken, in the reader's language if the check says so, in the reviewer's words if they do."""
    if document.status == "rejected":
        return texts(f"documents.rejected.{document.reason}")
    return document.reason


def destroyed(document: Document) -> dict[str, str] | None:
    """What is left of a paper's file once that is destroyed."""
    if document.destroyed_at is None or document.sha256 is None:
        return None
    return {"sha256": document.sha256, "at": document.destroyed_at}


def quarantine_key(account_id: str, kind: str, upload: str) -> str:
    """Where an announced file lands."""
    return f"{QUARANTINE}{account_id}/{kind}/{upload}"


def kept_under(account_id: str, kind: str, upload: str) -> str:
    """Where the file is kept once it is inspected, by its hash: a form can be sent twice, with two files."""
    return f"{KEPT}{account_id}/{kind}/{upload}/"


def _shown_document(kind: Kind, document: Document, texts: Texts) -> Mapping[str, Any]:
    return {
        "kind": kind,
        "status": document.status,
        "reason": reason(document, texts),
        "issued_on": document.issued_on,
        "sent_at": document.sent_at,
        "decided_at": document.decided_at,
        "destroyed": destroyed(document),
    }


def _presigned(cloud: Cloud, key: str, asked: SendDocument) -> Mapping[str, Any]:
    fields = {"Content-Type": asked.content_type, "x-amz-server-side-encryption": "AES256"}
    return cloud.public_files.generate_presigned_post(
        Bucket=cloud.settings.papers,
        Key=key,
        Fields=dict(fields),
        Conditions=[
            *({name: value} for name, value in fields.items()),
            ["content-length-range", asked.size, asked.size],
        ],
        ExpiresIn=LINK_SECONDS,
    )


def _last_part(filename: str) -> str:
    """A file's name without the folders that some browsers put before it; it is shown, and names nothing of ours."""
    return filename.replace("\\", "/").rpartition("/")[2] or "-"


_ONBOARDING = "/api/onboarding"

SHOW = Job(name="show-onboarding", method="GET", path=_ONBOARDING, run=show_onboarding, answer=Onboarding)
SEND = Job(
    name="send-document",
    method="POST",
    path=f"{_ONBOARDING}/documents",
    run=send_document,
    body=SendDocument,
    answer=Accepted,
    status=201,
    codes=("not_needed", "deadline_passed", "already_sent", "already_decided", "too_old"),
)
