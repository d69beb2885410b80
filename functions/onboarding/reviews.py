"""Reviews: the staff look at papers beside the facts to check, and decide.

To anyone else these calls do not exist.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, StringConstraints

from functions.onboarding import papers
from functions.onboarding.account import (
    QUEUE,
    QUEUED,
    Account,
    AccountStatus,
    Document,
    DocumentStatus,
    partition,
    person_key,
    queued,
    worded,
)
from functions.onboarding.documents import LINK_SECONDS, Destroyed, destroyed, reason
from functions.onboarding.papers import Kind, Profile
from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.desk import Change, Desk, in_language_of
from functions.shared.events import LAST, PREFIX, occurred
from functions.shared.fields import Comment, RequestModel
from functions.shared.job import Answer, Job
from functions.shared.lists import Page, listed
from functions.shared.refusal import Invalid, Refused
from functions.shared.request import Request
from functions.shared.session import Reader, account_key
from functions.shared.store import Item, Items, Key
from functions.shared.texts import Texts

STAFF = "staff"
# What GuardDuty's Malware Protection for S3 writes on an object that it has scanned.
_SCAN_TAG = "GuardDutyMalwareScanStatus"
_CLEAN = "NO_THREATS_FOUND"
_HISTORY_SHOWN = 100

type Decision = Literal["accept", "ask_again", "refuse"]

# What a decision makes of a paper, and what that is called in the history.
_OUTCOMES: Mapping[Decision, tuple[DocumentStatus, str]] = {
    "accept": ("accepted", "paper_accepted"),
    "ask_again": ("ask_again", "paper_asked_again"),
    "refuse": ("refused", "paper_refused"),
}


class Decide(RequestModel):
    """What is decided of one paper; whoever does not accept it says why, to the customer."""

    document: Kind
    decision: Decision
    reason: Annotated[Comment, StringConstraints(max_length=500)] = ""


class Waiting(BaseModel):
    """An account with papers to look at."""

    account: str
    email: str
    company: str
    profile: Profile
    kinds: list[Kind]
    deadline: str
    days_left: int


class WaitingPage(BaseModel):
    """A page of them, the nearest deadline first."""

    items: list[Waiting]
    next: str | None


class Link(BaseModel):
    """An address that shows the paper for five minutes."""

    url: str
    expires_at: str


class Reviewed(BaseModel):
    """A paper as the staff see it; `held` is one that the malware scan has not cleared."""

    kind: Kind
    status: DocumentStatus
    reason: str | None
    filename: str | None
    content_type: str | None
    issued_on: str | None
    sent_at: str | None
    sha256: str | None
    link: Link | None
    held: bool
    decided_at: str | None
    decided_by: str | None
    destroyed: Destroyed | None


class Happening(BaseModel):
    """Something that happened to the account, worded for the reader."""

    at: str
    by: str
    event: str
    text: str


class Review(BaseModel):
    """An account with its papers, the facts to check them against, and what happened so far, newest first."""

    account: str
    email: str
    company: str
    siren: str | None
    profile: Profile
    status: AccountStatus
    registered_at: str
    deadline: str
    days_left: int
    documents: list[Reviewed]
    history: list[Happening]


def decide_paper(account: Account, decided: Decide, reader: Reader, now: datetime) -> Change:
    """What becomes of a paper, and of the account with it.

    Raises Refused `already_decided`, `nothing_to_decide`, `deadline_passed`, or Invalid for a reason that is missing.
    """
    document = account.document(decided.document)
    if account.on(clock.day(now)).account_status == "expired":
        raise Refused("deadline_passed", deadline=account.deadline)
    if document.decided_at is not None and document.status != "in_review":
        raise Refused("already_decided")
    if document.status != "in_review":
        raise Refused("nothing_to_decide")
    if decided.decision != "accept" and not decided.reason:
        raise Invalid(("reason", "required", {}))
    status, what = _OUTCOMES[decided.decision]
    outcome = replace(
        document,
        status=status,
        reason=decided.reason or None,
        decided_at=clock.rfc3339(now),
        decided_by=reader.email,
    )
    changed = account.with_document(decided.document, outcome)
    facts = {
        "kind": decided.document,
        "reason": decided.reason,
        "file": document.file,
        "sha256": document.sha256,
        "deadline": account.deadline.isoformat(),
    }
    events = [account.happened(what, now, reader.email, **facts)]
    if changed.account_status == "complete":
        events.append(account.happened("account_completed", now, reader.email))
    answer = {"document": decided.document, "status": status, "account_status": changed.account_status}
    return Change(Answer(200, answer), (changed.put(), *queued(account, changed)), tuple(events))


class Decided(BaseModel):
    """What became of the paper and of the account."""

    document: Kind
    status: DocumentStatus
    account_status: AccountStatus


def list_reviews(desk: Desk, request: Request) -> Answer:
    """The accounts that wait for a look at their papers, the nearest deadline first."""
    reader, _ = desk.read(request, lambda _: ())
    with in_language_of(reader):
        _insist_on_staff(reader)
    today = clock.day(clock.now())

    def show(_: Key, item: Item) -> Mapping[str, Any]:
        left = (datetime.fromisoformat(item["deadline"]).date() - today).days
        return {**{name: item[name] for name in Waiting.model_fields if name in item}, "days_left": max(0, left)}

    return Answer(200, listed(desk.cloud.store, QUEUE, QUEUED, request.page, show))


def show_review(desk: Desk, request: Request) -> Answer:
    """The papers of one account, each with a link for five minutes; every look is in the account's history."""
    account_id = request.values["account"]
    store = desk.cloud.store
    reader, items = desk.read(request, lambda _: [person_key(account_id)])
    with in_language_of(reader):
        account = _account(desk, items, reader, account_id)
    documents = [
        _reviewed(desk.cloud, account, paper.kind, Texts(reader.language)) for paper in papers.needed(account.profile)
    ]
    seen = [shown["kind"] for shown in documents if shown["link"]]
    if seen:
        now = clock.now()
        looks = [account.happened("paper_viewed", now, reader.email, kind=kind) for kind in seen]
        # Before the answer with the links is out: there is no look that the history has not.
        store.commit([event.put(where, f"{request.id} {event.data['kind']}") for where, event in looks])
    events = store.query(partition(account_id), first=PREFIX, last=LAST, limit=_HISTORY_SHOWN, backward=True)
    today = clock.day(clock.now())
    body = {
        "account": account_id,
        "email": account.email,
        "company": account.company,
        "siren": account.siren,
        "profile": account.profile,
        "status": account.on(today).account_status,
        "registered_at": account.registered_at,
        "deadline": account.deadline.isoformat(),
        "days_left": max(0, (account.deadline - today).days),
        "documents": documents,
        "history": [_happening(item, Texts(reader.language)) for _, item in events],
    }
    return Answer(200, body)


def decide_review(desk: Desk, request: Request) -> Answer:
    """Accept a paper, ask for it again or refuse it; of two reviewers one decides and the other is told."""
    account_id = request.values["account"]
    body: Decide = request.body
    way = desk.cloud.store.get([person_key(account_id)]).get(person_key(account_id))
    whose = account_key(way["email"] if way else "")

    def decide(items: Items, reader: Reader, now: datetime) -> Change:
        _insist_on_staff(reader)
        if whose not in items or items[whose]["account_id"] != account_id:
            raise Refused("not_found")
        account = Account.stored(items[whose])
        if body.decision == "accept" and _is_held(desk.cloud, account.document(body.document)):
            raise Refused("not_cleared")
        return decide_paper(account, body, reader, now)

    return desk.change(request, lambda _: [whose], decide)


def _insist_on_staff(reader: Reader) -> None:
    if STAFF not in reader.roles:
        raise Refused("not_found")


def _account(desk: Desk, items: Items, reader: Reader, account_id: str) -> Account:
    """The account with that id, for the staff. Raises Refused `not_found`."""
    _insist_on_staff(reader)
    way = items.get(person_key(account_id))
    if way is None:
        raise Refused("not_found")
    key = account_key(way["email"])
    item = desk.cloud.store.get([key]).get(key)
    if item is None or item["account_id"] != account_id:
        raise Refused("not_found")
    return Account.stored(item)


def _reviewed(cloud: Cloud, account: Account, kind: Kind, texts: Texts) -> Mapping[str, Any]:
    document = account.document(kind)
    held = _is_held(cloud, document)
    return {
        "kind": kind,
        "status": document.status,
        "reason": reason(document, texts),
        "filename": document.filename,
        "content_type": document.content_type,
        "issued_on": document.issued_on,
        "sent_at": document.sent_at,
        "sha256": document.sha256,
        "link": None if held or document.status != "in_review" else _link(cloud, document),
        "held": held,
        "decided_at": document.decided_at,
        "decided_by": document.decided_by,
        "destroyed": destroyed(document),
    }


def _is_held(cloud: Cloud, document: Document) -> bool:
    """Whether a paper stays closed: where files are scanned, all that the scan has not cleared."""
    if not cloud.settings.malware_scan or document.file is None:
        return False
    tags = cloud.files.get_object_tagging(Bucket=cloud.settings.papers, Key=document.file)["TagSet"]
    return {"Key": _SCAN_TAG, "Value": _CLEAN} not in tags


def _link(cloud: Cloud, document: Document) -> Mapping[str, str]:
    url = cloud.public_files.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": cloud.settings.papers,
            "Key": document.file,
            "ResponseContentType": document.content_type,
            "ResponseContentDisposition": "inline",
            "ResponseCacheControl": "no-store",
        },
        ExpiresIn=LINK_SECONDS,
    )
    # Links live on real time.
    return {"url": url, "expires_at": clock.rfc3339(datetime.now(UTC) + timedelta(seconds=LINK_SECONDS))}


def _happening(item: Item, texts: Texts) -> Mapping[str, str]:
    event = occurred(item)
    text = texts(f"reviews.history.{event.type}", **worded(event.facts, texts))
    return {"at": item["at"], "by": event.by, "event": event.type, "text": text}


_ONE = "/api/reviews/{account}"

LIST = Job(
    name="list-reviews",
    method="GET",
    path="/api/reviews",
    run=list_reviews,
    query=Page,
    answer=WaitingPage,
    codes=("not_found",),
)
SHOW = Job(name="show-review", method="GET", path=_ONE, run=show_review, answer=Review, codes=("not_found",))
DECIDE = Job(
    name="decide-review",
    method="POST",
    path=f"{_ONE}/decisions",
    run=decide_review,
    body=Decide,
    answer=Decided,
    codes=("not_found", "already_decided", "nothing_to_decide", "deadline_passed", "not_cleared"),
)
