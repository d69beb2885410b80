"""Reviews: the staff look at papers beside the facts to check, and decide.

To anyone else these calls do not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal

from botocore.exceptions import ClientError
from pydantic import Field, StringConstraints

from functions.onboarding import legal_name, papers
from functions.onboarding.account import (
    QUEUE,
    QUEUED,
    Account,
    AccountStatus,
    Document,
    DocumentStatus,
    ReasonCode,
    Side,
    identified,
    partition,
    person_key,
    queued,
    worded,
)
from functions.onboarding.documents import (
    ALREADY_DECIDED,
    DEADLINE_PASSED,
    LINK_SECONDS,
    Destroyed,
    destroyed,
    reason,
)
from functions.onboarding.legal_name import LegalName
from functions.onboarding.papers import Kind, Profile
from functions.onboarding.waits import SUMMARY, Waits, waited
from functions.shared import clock, session
from functions.shared.calendar import A_DAY
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk, Located, Look, View, known_to
from functions.shared.events import LAST, PREFIX, Holds, Mail, Told, occurred
from functions.shared.fields import Comment, Line, Model, Nothing, RequestModel
from functions.shared.history import Happening, happening
from functions.shared.items import Item, Items, Put, Reads, checks
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.lists import Cursors, Listed, Page, page_of
from functions.shared.refusal import NOT_FOUND, SIGN_IN_AGAIN, Code, Invalid, Refused, conflict
from functions.shared.session import account_key
from functions.shared.staff import STAFF, admit_staff, insist_on_staff
from functions.shared.store import Conflict, Store, retry_lost_races
from functions.shared.texts import Texts

NOTHING_TO_DECIDE = conflict("nothing_to_decide", "reviews")
NOT_CLEARED = conflict("not_cleared", "reviews")
OWN_ACCOUNT = Code("own_account", HTTPStatus.FORBIDDEN, "reviews")
_NOT_TAKEN = ("company", "kind", "reason", "reason_code", "sha256", "deadline")
PAPER_VIEWED = Told("paper_viewed", "reviews", publishes=("kind",))
PAPER_ACCEPTED = Told(
    "paper_accepted", "reviews", calls_for=("notifications",), publishes=("company", "kind", "sha256", "deadline")
)
PAPER_ASKED_AGAIN = Told(
    "paper_asked_again",
    "reviews",
    mails=(Mail("reviews.mails.asked_again", holds=Holds(paper=("ask_again",))),),
    publishes=_NOT_TAKEN,
)
PAPER_REFUSED = Told(
    "paper_refused",
    "reviews",
    mails=(Mail("reviews.mails.refused", holds=Holds(paper=("refused",))),),
    publishes=_NOT_TAKEN,
)
ACCOUNT_COMPLETED = Told(
    "account_completed", "reviews", mails=(Mail("reviews.mails.completed"),), calls_for=("notifications",)
)
# What GuardDuty's Malware Protection for S3 writes on an object that it has scanned.
_SCAN_TAG = "GuardDutyMalwareScanStatus"
_CLEAN = "NO_THREATS_FOUND"
_HISTORY_SHOWN = 100

type Decision = Literal["accept", "ask_again", "refuse"]

# What a decision makes of a paper, and what that is called in the history.
_OUTCOMES: Mapping[Decision, tuple[DocumentStatus, Told]] = {
    "accept": ("accepted", PAPER_ACCEPTED),
    "ask_again": ("ask_again", PAPER_ASKED_AGAIN),
    "refuse": ("refused", PAPER_REFUSED),
}


class Decide(RequestModel):
    """What is decided of one paper; whoever does not accept it says why, to the customer.

    A `reason_code` is worded in the customer's language, and a `reason` adds to it; `other` needs one, as does who
    chooses none.
    """

    document: Kind
    decision: Decision
    reason_code: ReasonCode | None = None
    reason: Annotated[Comment, StringConstraints(max_length=500)] = ""


class Sought(Page):
    """Which of the files: that account's, those with a paper of that kind to look at, of that profile, where it is that
    side's turn, and those that have waited for at least so many days.
    """

    account: Line | None = None
    kind: Kind | None = None
    profile: Profile | None = None
    turn: Side | None = None
    waiting_days: Annotated[int, Field(ge=0, le=60)] = 0

    def has(self, item: Item, now: datetime) -> bool:
        """Whether a file is one of them."""
        return (
            self.account in (None, item["account"])
            and self.kind in (None, *item["kinds"])
            and self.profile in (None, item["profile"])
            and self.turn in (None, item.get("turn", STAFF))
            and (not self.waiting_days or _since(item) <= clock.rfc3339(now - self.waiting_days * A_DAY))
        )


class Waiting(Model):
    """An account with papers to look at, or with a message that waits for an answer; whose, its `turn` says."""

    account: str
    email: str
    company: str
    profile: Profile
    kinds: list[Kind]
    deadline: str
    days_left: int
    turn: Side
    waiting_since: str
    message_waits: bool


class WaitingTimes(Model):
    """How long papers waited for a decision in the last thirty days, as of this morning, in seconds of working days:
    half of those that were `decided` no longer than `median`, nine in ten no longer than `ninety`.
    """

    decided: int
    median: int | None
    ninety: int | None


class Link(Model):
    """An address that shows the paper for five minutes."""

    url: str
    expires_at: str


class Reviewed(Model):
    """A paper as the staff see it; `held` is one that the malware scan has not cleared."""

    kind: Kind
    status: DocumentStatus
    reason: str | None
    reason_code: ReasonCode | None
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


class Review(Model):
    """An account with its papers, the facts to check them against, and what happened so far, newest first."""

    account: str
    email: str
    company: str
    siren: str | None
    legal_name: LegalName
    profile: Profile
    status: AccountStatus
    turn: Side | None
    registered_at: str
    deadline: str
    days_left: int
    documents: list[Reviewed]
    history: list[Happening]


class Decided(Model):
    """What became of the paper and of the account."""

    document: Kind
    status: DocumentStatus
    account_status: AccountStatus


@dataclass(frozen=True)
class Reviewing:
    """The account that is looked at, and all that was read with it."""

    account: Account
    items: Items


def locate(store: Store, ask: Ask[Any]) -> Item | None:
    """Where the account's id leads."""
    return store.item(person_key(ask.path["account"]))


def reads(ask: Ask[Any], email: str, leads_to: Item | None) -> Reads[Reviewing]:
    """The account of that id, for the staff.

    Its reading raises Refused `not_found`, for anyone else too, or Conflict when the id leads elsewhere by now.
    """
    wanted = identified(ask.path["account"], leads_to)

    def state(items: Items) -> Reviewing:
        insist_on_staff(items, email)
        found = wanted.state(items)
        if found.has_moved:
            raise Conflict
        if found.account is None:
            raise Refused(NOT_FOUND)
        return Reviewing(found.account, items)

    return Reads(wanted.keys, state, wanted.vouched)


def insist_on_another(state: Reviewing, ask: SignedIn[Any]) -> None:
    """Raises Refused `own_account` for papers that are the reviewer's own."""
    if state.account.email == ask.reader.email:
        raise Refused(OWN_ACCOUNT)


def admit_reviewer(desk: Desk, ask: Ask[Any]) -> None:
    """Raises Refused as `reads` does, and `own_account`, before all else."""

    asked, state = reviewing(desk, ask)
    with known_to(asked.reader):
        insist_on_another(state, asked)


def reviewing[Body](desk: Desk, ask: Ask[Body]) -> tuple[SignedIn[Body], Reviewing]:
    """Who of the staff asks, and about which account. Raises Refused as `reads` does."""

    def look() -> tuple[SignedIn[Body], Reviewing]:
        leads_to = locate(desk.cloud.store, ask)
        return desk.reads(ask, lambda email: reads(ask, email, leads_to))

    return retry_lost_races(look)


def needs_scan(state: Reviewing, ask: SignedIn[Decide]) -> str | None:
    """The file that must be cleared by the malware scan before it is accepted, where files are scanned.

    Raises Refused `own_account`.
    """
    insist_on_another(state, ask)
    is_scanned = ask.settings.malware_scan and ask.body.decision == "accept"
    return _file_in_review(state.account.document(ask.body.document)) if is_scanned else None


def is_held(cloud: Cloud, file: str | None) -> bool:
    """Whether a file stays closed: all that the malware scan has not cleared.

    Raises Conflict when it is gone: it was decided upon meanwhile.
    """
    if file is None:
        return False
    try:
        tags = cloud.files.get_object_tagging(Bucket=cloud.settings.papers, Key=file)["TagSet"]
    except ClientError as error:
        if error.response["Error"].get("Code") == "NoSuchKey":
            raise Conflict from error
        raise
    return {"Key": _SCAN_TAG, "Value": _CLEAN} not in tags


def decide_paper(state: Reviewing, ask: SignedIn[Decide], held: bool) -> Change[Decided]:
    """Accept a paper, ask for it again or refuse it; of two reviewers one decides and the other is told.

    Raises Refused `not_cleared`, `deadline_passed`, `already_decided`, `nothing_to_decide`, or Invalid for a reason
    that is missing.
    """
    account, decided = state.account, ask.body
    document = account.document(decided.document)
    if held:
        raise Refused(NOT_CLEARED)
    if account.on(ask.today).account_status == "expired":
        raise Refused(DEADLINE_PASSED, deadline=account.deadline)
    if document.decided_at is not None and document.status != "in_review":
        raise Refused(ALREADY_DECIDED)
    if document.status != "in_review":
        raise Refused(NOTHING_TO_DECIDE)
    if decided.decision != "accept" and not decided.reason and decided.reason_code in (None, "other"):
        raise Invalid(("reason", "required", {}))
    status, what = _OUTCOMES[decided.decision]
    by, code = ask.reader.email, None if decided.decision == "accept" else decided.reason_code
    outcome = replace(
        document,
        status=status,
        reason=decided.reason or None,
        reason_code=code,
        decided_at=clock.rfc3339(ask.now),
        decided_by=by,
    )
    changed = account.with_document(decided.document, outcome)
    if status != "accepted":
        # Who says why has answered.
        changed = changed.with_nothing_to_answer("customer")
    told = account.happened(
        what,
        ask.now,
        by,
        company=account.company,
        kind=decided.document,
        reason=decided.reason,
        reason_code=code,
        file=document.file,
        sha256=document.sha256,
        deadline=account.deadline,
    )
    completed = (account.happened(ACCOUNT_COMPLETED, ask.now, by),) if changed.account_status == "complete" else ()
    return Change(
        Decided(document=decided.document, status=status, account_status=changed.account_status),
        (changed.put(), *queued(account, changed), *_waited(account, decided.document, ask.now)),
        (told, *completed),
    )


def list_reviews(desk: Desk, ask: Ask[Sought]) -> Listed[Waiting]:
    """The accounts with a paper or a message that waits, the nearest deadline first."""

    def shown(item: Item) -> Waiting:
        return Waiting(
            account=item["account"],
            email=item["email"],
            company=item["company"],
            profile=item["profile"],
            kinds=item["kinds"],
            deadline=item["deadline"],
            days_left=_days_left(date.fromisoformat(item["deadline"]), ask.today),
            turn=item.get("turn", STAFF),
            waiting_since=_since(item),
            message_waits=item.get("message_waits", False),
        )

    asked = admit_staff(desk, ask)
    with known_to(asked.reader):
        found = desk.cloud.store.query(QUEUE, first=QUEUED, last=f"{QUEUED}~")
        wanted = [one for one in found if ask.body.has(one[1], ask.now)]
        cursors = Cursors(f"reviews {ask.body.model_dump_json(exclude={'limit', 'cursor'})}", ask.keys)
        return page_of(wanted, ask.body, cursors, lambda one: one[0].sk, lambda page: [shown(item) for _, item in page])


def reads_waits(ask: Ask[Nothing], email: str) -> Reads[Waits | None]:
    """What the waits of the last thirty days come to, for the staff. Its reading raises Refused `not_found`."""

    def state(items: Items) -> Waits | None:
        insist_on_staff(items, email)
        return Waits.stored(items.get(SUMMARY))

    return Reads((SUMMARY,), state)


def show_waits(waits: Waits | None, ask: SignedIn[Nothing]) -> WaitingTimes:
    """How long papers have waited for a decision."""
    if waits is None:
        return WaitingTimes(decided=0, median=None, ninety=None)
    return WaitingTimes(decided=waits.decided, median=waits.median, ninety=waits.ninety)


def show_review(desk: Desk, ask: Ask[Nothing]) -> Review:
    """The papers of one account, each with a link for five minutes; every look is in the account's history."""
    return retry_lost_races(lambda: _reviewed(desk, ask))


def _reviewed(desk: Desk, ask: Ask[Nothing]) -> Review:
    """The papers and the history as of one moment.

    Raises Refused `sign_in_again` when there are papers to open and the reviewer was away, or Conflict when a decision
    came in between.
    """
    store, now, claimed = desk.cloud.store, clock.now(), session.claim(ask.request).session
    leads_to = locate(store, ask)
    asked, state = desk.reads(ask, lambda email: reads(ask, email, leads_to))
    account, texts = state.account, Texts(asked.language)
    if account.kinds_in("in_review"):
        with known_to(asked.reader):
            session.insist_on_presence(state.items[claimed])
    documents = [_shown(desk.cloud, account, paper.kind, texts) for paper in papers.needed(account.profile)]
    looks = [
        account.happened(PAPER_VIEWED, now, asked.reader.email, kind=shown.kind) for shown in documents if shown.link
    ]
    history = store.query(partition(account.account_id), first=PREFIX, last=LAST, limit=_HISTORY_SHOWN, backward=True)
    if looks:
        # Before the answer with the links is out: there is no look that the history has not.
        viewed = [
            write for where, event in looks for write in event.written(where, f"{ask.request.id} {event.data['kind']}")
        ]
        if present := session.looking_at_papers(claimed, state.items[claimed]):
            viewed.append(present)
        store.commit([*viewed, *checks(state.items, state.items, (person_key(account.account_id),), viewed)])
    elif _version(store.item(account_key(account.email))) != account.version:
        raise Conflict
    happened = [*(event for _, event in looks), *(occurred(item) for _, item in history)][:_HISTORY_SHOWN]
    today = clock.day(now)
    return Review(
        account=account.account_id,
        email=account.email,
        company=account.company,
        siren=account.siren,
        legal_name=legal_name.read(desk.cloud.settings.company_register, account.company, account.siren),
        profile=account.profile,
        status=account.on(today).account_status,
        turn=account.on(today).turn,
        registered_at=account.registered_at,
        deadline=account.deadline.isoformat(),
        days_left=_days_left(account.deadline, today),
        documents=documents,
        # What a newer or older version of the desk told has no wording here.
        history=[
            happening(event, desk.tells[event.type], worded(event.facts, texts), texts)
            for event in happened
            if event.type in desk.tells
        ],
    )


def _waited(account: Account, kind: Kind, now: datetime) -> tuple[Put, ...]:
    """What is kept of how long a paper has waited for the decision on it."""
    sent_at = account.document(kind).sent_at
    return (waited(account.account_id, kind, sent_at, now),) if sent_at else ()


def _since(item: Item) -> str:
    """Since when a file in the queue has waited."""
    since: str = item.get("since") or ""
    return since


def _version(item: Item | None) -> int | None:
    return item["version"] if item else None


def _days_left(deadline: date, today: date) -> int:
    return max(0, (deadline - today).days)


def _shown(cloud: Cloud, account: Account, kind: Kind, texts: Texts) -> Reviewed:
    document = account.document(kind)
    file = _file_in_review(document)
    held = cloud.settings.malware_scan and is_held(cloud, file)
    return Reviewed(
        kind=kind,
        status=document.status,
        reason=reason(document, texts),
        reason_code=document.reason_code,
        filename=document.filename,
        content_type=document.content_type,
        issued_on=document.issued_on,
        sent_at=document.sent_at,
        sha256=document.sha256,
        link=None if held or file is None else _link(cloud, file, document),
        held=held,
        decided_at=document.decided_at,
        decided_by=document.decided_by,
        destroyed=destroyed(document),
    )


def _file_in_review(document: Document) -> str | None:
    """The file to look at; whatever is decided upon is about to be destroyed."""
    return document.file if document.status == "in_review" else None


def _link(cloud: Cloud, file: str, document: Document) -> Link:
    url = cloud.public_files.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": cloud.settings.papers,
            "Key": file,
            "ResponseContentType": document.content_type,
            "ResponseContentDisposition": "inline",
            "ResponseCacheControl": "no-store",
        },
        ExpiresIn=LINK_SECONDS,
    )
    # Links live on real time.
    return Link(url=url, expires_at=clock.rfc3339(datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)))


_ONE = "/api/reviews/{account}"

LIST = Job(
    name="list-reviews",
    method="GET",
    path="/api/reviews",
    body=Sought,
    answer=Listed[Waiting],
    does=Look(list_reviews),
    refuses=(NOT_FOUND,),
    admits=admit_staff,
    leads_to={"account": "/items/0/account"},
)
WAITING_TIMES = Job(
    name="show-waiting-times",
    method="GET",
    path="/api/reviews/waiting-times",
    body=Nothing,
    answer=WaitingTimes,
    does=View(reads_waits, show_waits),
    refuses=(NOT_FOUND,),
)
SHOW = Job(
    name="show-review",
    method="GET",
    path=_ONE,
    body=Nothing,
    answer=Review,
    does=Look(show_review),
    refuses=(NOT_FOUND, SIGN_IN_AGAIN),
    tells=(PAPER_VIEWED,),
)
DECIDE = Job(
    name="decide-review",
    method="POST",
    path=f"{_ONE}/decisions",
    body=Decide,
    answer=Decided,
    does=Located(locate, reads, needs_scan, is_held, decide_paper),
    refuses=(NOT_FOUND, OWN_ACCOUNT, ALREADY_DECIDED, NOTHING_TO_DECIDE, DEADLINE_PASSED, NOT_CLEARED),
    tells=(PAPER_ACCEPTED, PAPER_ASKED_AGAIN, PAPER_REFUSED, ACCOUNT_COMPLETED),
    admits=admit_reviewer,
)
