"""Documents: where a customer's papers stand, and leave to send one straight to the store."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field

from functions.onboarding import papers
from functions.onboarding.account import (
    OPEN_TO_UPLOADS,
    Account,
    AccountStatus,
    Document,
    DocumentStatus,
    ReasonCode,
    Side,
    Upload,
    advice,
    own_account,
    why_not_accepted,
    why_rejected,
)
from functions.onboarding.papers import MAX_BYTES, MAX_PARTS, Kind, Profile
from functions.onboarding.waits import SUMMARY, Waits
from functions.shared import limits
from functions.shared.cloud import Cloud
from functions.shared.desk import Gathered, View
from functions.shared.fields import Day, FileName, FileType, Model, Nothing, RequestModel
from functions.shared.items import Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.limits import DAY, Limit
from functions.shared.refusal import USED_UP, Code, Invalid, Refused, conflict
from functions.shared.texts import Texts

NOT_NEEDED = Code("not_needed", HTTPStatus.UNPROCESSABLE_ENTITY, "documents", field="kind")
TOO_OLD = Code("too_old", HTTPStatus.UNPROCESSABLE_ENTITY, "documents", field="issued_on")
DEADLINE_PASSED = conflict("deadline_passed", "documents")
ALREADY_SENT = conflict("already_sent", "documents")
ALREADY_DECIDED = conflict("already_decided", "documents")
FORMS = Limit("upload forms", "an account", 200, DAY)
LINK_SECONDS = 300
QUARANTINE = "quarantine/"
KEPT = "papers/"
# 128 bits of what is random, in hexadecimal.
_NAME_LENGTH = 32
# What a browser names a file's type is kept nowhere: the first bytes say what it is.
_STORED_AS = "application/octet-stream"


class SendDocument(RequestModel):
    """The file that is to be sent; of a document of several files, which `part` it is `of` how many.

    A set begins with its first part, or with another number of parts, and replaces the one before.
    """

    kind: Kind
    filename: FileName
    content_type: FileType | None = None
    size: Annotated[int, Field(ge=1, le=MAX_BYTES)]
    issued_on: Day | None = None
    part: Annotated[int, Field(ge=1, le=MAX_PARTS)] = 1
    of: Annotated[int, Field(ge=1, le=MAX_PARTS)] = 1


class UploadForm(Model):
    """A form that the store takes once: its address, and its fields, the file to follow as the last."""

    url: str
    fields: dict[str, str]


class Accepted(Model):
    """Leave to send the file within five minutes."""

    upload: UploadForm


class Destroyed(Model):
    """What is left of a file that we no longer have."""

    sha256: str
    at: str


class ShownDocument(Model):
    """Where a paper stands; `lacking` are the parts of several that have not arrived while others have."""

    kind: Kind
    status: DocumentStatus
    reason: str | None
    reason_code: ReasonCode | None
    of: int
    lacking: list[int]
    issued_on: str | None
    sent_at: str | None
    decided_at: str | None
    destroyed: Destroyed | None


class Onboarding(Model):
    """Where the customer stands, and whose `turn` it is; `days_left` is 0 on the last day and after it.

    `usual_wait` is within how many seconds of working days nine papers in ten are decided upon, where that is known.
    """

    profile: Profile
    status: AccountStatus
    turn: Side | None
    usual_wait: int | None
    deadline: str
    days_left: int
    documents: list[ShownDocument]


@dataclass(frozen=True)
class UploadSlot:
    """Where a file is to land, and of which size."""

    key: str
    size: int


@dataclass(frozen=True)
class Standing:
    """The reader's account, and how long papers have waited for a decision."""

    account: Account
    waits: Waits | None


def reads(ask: Ask[Any], email: str) -> Reads[Account]:
    """The reader's own account."""
    return own_account(email)


def reads_standing(ask: Ask[Any], email: str) -> Reads[Standing]:
    """The same with how long papers have waited."""
    own = own_account(email)
    return Reads((SUMMARY,), lambda items: Standing(own.state(items), Waits.stored(items.get(SUMMARY))))


def show(standing: Standing, ask: Ask[Any]) -> Onboarding:
    """The papers of the reader, and the last day to send them."""
    now = standing.account.on(ask.today)
    texts = Texts(ask.language)
    return Onboarding(
        profile=now.profile,
        status=now.account_status,
        turn=now.turn,
        usual_wait=standing.waits.usual if standing.waits else None,
        deadline=now.deadline.isoformat(),
        days_left=max(0, (now.deadline - ask.today).days),
        documents=[_shown(paper.kind, now.document(paper.kind), texts) for paper in papers.needed(now.profile)],
    )


def needs_form(account: Account, ask: SignedIn[SendDocument]) -> UploadSlot:
    """Where the file is to land, under a name of ours. Raises as `announced` does."""
    upload = announced(account, ask)
    return UploadSlot(quarantine_key(account.account_id, ask.body.kind, upload), upload.size)


def decide_send(account: Account, ask: SignedIn[SendDocument], form: UploadForm) -> Change[Accepted]:
    """Leave to send one file, of exactly the size that was announced, under a name of ours.

    Raises as `announced` does.
    """
    document, upload = account.document(ask.body.kind), announced(account, ask)
    # One that is being checked is given up for this one, which is still to come.
    status: DocumentStatus = "missing" if document.status == "uploaded" else document.status
    before = document.uploads if upload.set == document.set else ()
    document = replace(document, uploads=before, of=ask.body.of, status=status).with_upload(upload)
    changed = account.with_document(ask.body.kind, document)
    counted = limits.spent(FORMS, account.account_id, ask.now, ask.keys)
    return Change(Accepted(upload=form), (changed.put(), counted))


def announced(account: Account, ask: SignedIn[SendDocument]) -> Upload:
    """The file that may be sent.

    Raises Refused `not_needed`, `deadline_passed`, `already_sent`, `already_decided`, `too_old`, or Invalid.
    """
    body = ask.body
    paper = next((paper for paper in papers.needed(account.profile) if paper.kind == body.kind), None)
    if paper is None:
        raise Refused(NOT_NEEDED)
    document = account.document(body.kind)
    if account.account_status == "complete" or document.status in ("accepted", "refused"):
        raise Refused(ALREADY_DECIDED)
    if account.on(ask.today).account_status == "expired":
        raise Refused(DEADLINE_PASSED, deadline=account.deadline)
    if document.status not in OPEN_TO_UPLOADS:
        raise Refused(ALREADY_SENT)
    if body.issued_on is None and paper.younger_than_months is not None:
        raise Invalid(("issued_on", "required", {"says": "no_date"}))
    if body.issued_on is not None and body.issued_on > ask.today:
        raise Invalid(("issued_on", "in_the_future", {}))
    if body.issued_on is not None and not papers.is_young_enough(paper, body.issued_on, ask.today):
        raise Refused(TOO_OLD, months=paper.younger_than_months or 0)
    if body.part > body.of:
        raise Invalid(("part", "too_big", {"le": body.of}))
    name = ask.random[:_NAME_LENGTH]
    issued_on = body.issued_on.isoformat() if body.issued_on else None
    belongs_to = document.set if document.set and not _begins_a_set(document, body) else name
    return Upload(belongs_to, name, body.part, _last_part(body.filename), body.size, issued_on)


def _begins_a_set(document: Document, body: SendDocument) -> bool:
    """Whether a part begins another set, so that no front of one card is ever bound with the back of another.

    A part that has not landed may be announced again: its sending was cut short.
    """
    before = next((upload for upload in document.uploads if upload.part == body.part), None)
    return body.of != document.of or (before is not None and (body.part == 1 or before.landed))


def reason(document: Document, texts: Texts) -> str | None:
    """Why a paper was not taken or is not complete, in the reader's language; or in the reviewer's words."""
    if document.status == "rejected" and document.reason:
        return why_rejected(texts, document.reason, document.rejected_part, document.of)
    if document.status == "missing" and document.lacking:
        parts = texts.listed([str(part) for part in document.lacking])
        return texts("documents.parts.lacking", count=len(document.lacking), parts=parts, of=document.of)
    why = why_not_accepted(texts, document.reason_code, document.reason)
    # What is refused is not sent again.
    helps = advice(texts, document.reason_code) if document.status == "ask_again" else ""
    return " ".join(filter(None, (why, helps))) or None


def destroyed(document: Document) -> Destroyed | None:
    """What is left of a paper's file once that is destroyed."""
    if document.destroyed_at is None or document.sha256 is None:
        return None
    return Destroyed(sha256=document.sha256, at=document.destroyed_at)


def quarantine_key(account_id: str, kind: str, upload: Upload) -> str:
    """Where an announced file lands."""
    return f"{QUARANTINE}{account_id}/{kind}/{upload.set}/{upload.id}"


def kept_under(account_id: str, kind: str, set: str = "") -> str:
    """Where the renderings of a set are kept, or of all sets of that kind."""
    return f"{KEPT}{account_id}/{kind}/{set and set + '/'}"


def set_of(file: str) -> str:
    """How the keys begin of all that is kept with a file."""
    return "/".join(file.split("/")[:4]) + "/"


def _shown(kind: Kind, document: Document, texts: Texts) -> ShownDocument:
    return ShownDocument(
        kind=kind,
        status=document.status,
        reason=reason(document, texts),
        reason_code=document.reason_code,
        of=document.of,
        lacking=document.lacking,
        issued_on=document.issued_on,
        sent_at=document.sent_at,
        decided_at=document.decided_at,
        destroyed=destroyed(document),
    )


def _presigned(cloud: Cloud, slot: UploadSlot) -> UploadForm:
    fields = {"Content-Type": _STORED_AS, "x-amz-server-side-encryption": "AES256"}
    form = cloud.public_files.generate_presigned_post(
        Bucket=cloud.settings.papers,
        Key=slot.key,
        Fields=dict(fields),
        Conditions=[
            *({name: value} for name, value in fields.items()),
            ["content-length-range", slot.size, slot.size],
        ],
        ExpiresIn=LINK_SECONDS,
    )
    return UploadForm(url=form["url"], fields=form["fields"])


def _last_part(filename: str) -> str:
    """A file's name without the folders that some browsers put before it; it is shown, and names nothing of ours."""
    return filename.replace("\\", "/").rpartition("/")[2] or "-"


_ONBOARDING = "/api/onboarding"

SHOW = Job(
    name="show-onboarding",
    method="GET",
    path=_ONBOARDING,
    body=Nothing,
    answer=Onboarding,
    does=View(reads_standing, show),
)
SEND = Job(
    name="send-document",
    method="POST",
    path=f"{_ONBOARDING}/documents",
    body=SendDocument,
    answer=Accepted,
    status=201,
    does=Gathered(reads, needs_form, _presigned, decide_send),
    refuses=(NOT_NEEDED, DEADLINE_PASSED, ALREADY_SENT, ALREADY_DECIDED, TOO_OLD, USED_UP),
    limits=(FORMS,),
)
