"""The customer's account: its papers, its deadline, and what becomes of both. Pure: no AWS, no clock."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from functions.onboarding import papers
from functions.onboarding.papers import Kind, Profile
from functions.shared import clock
from functions.shared.due import Due
from functions.shared.events import DESK, Event, Holds, Mail, Told
from functions.shared.items import Delete, Item, Items, Key, Put, Reads, Write, next_version
from functions.shared.money import price, priced
from functions.shared.session import account_key
from functions.shared.texts import Language, Texts

type AccountStatus = Literal["pending", "in_review", "complete", "expired"]
type DocumentStatus = Literal["missing", "uploaded", "rejected", "in_review", "accepted", "ask_again", "refused"]
type Side = Literal["customer", "staff"]
# Why a paper is not accepted, of what is worded for the reviewer to choose from.
type ReasonCode = Literal["unreadable", "wrong_document", "too_old", "name_mismatch", "page_missing", "other"]

# They name the days left, and what is missing.
_COUNTS_DAYS = Holds(account=("pending", "in_review"), that_day=True)
PAPER_RECEIVED = Told("paper_received", "reviews", publishes=("kind", "sha256"))
PAPER_REJECTED = Told(
    "paper_rejected",
    "reviews",
    mails=(Mail("documents.mails.rejected", holds=Holds(paper=("rejected",))),),
    publishes=("kind", "check"),
)
PAPERS_MISSING = Told(
    "papers_missing",
    "reviews",
    mails=(Mail("deadlines.mails.reminder", holds=_COUNTS_DAYS),),
    publishes=("kinds", "deadline"),
)
PAPERS_MISSING_TODAY = Told(
    "papers_missing_today",
    "reviews",
    mails=(Mail("deadlines.mails.last_day", holds=_COUNTS_DAYS),),
    publishes=("kinds", "deadline"),
)
ACCOUNT_EXPIRED = Told("account_expired", "reviews", calls_for=("notifications",))
PAPERS_DESTROYED = Told(
    "papers_destroyed", "reviews", mails=(Mail("deadlines.mails.expired"),), publishes=("kinds", "deadline")
)
NOTHING_DESTROYED = Told(
    "nothing_destroyed", "reviews", mails=(Mail("deadlines.mails.expired_empty"),), publishes=("deadline",)
)
# What workers tell.
TELLS = (
    PAPER_RECEIVED,
    PAPER_REJECTED,
    PAPERS_MISSING,
    PAPERS_MISSING_TODAY,
    ACCOUNT_EXPIRED,
    PAPERS_DESTROYED,
    NOTHING_DESTROYED,
)
DAYS = 60
# How many days before the end a customer is reminded of what is missing.
REMINDERS = (30, 10, 3, 0)
# In these states a paper may be sent, for the first time or again.
OPEN_TO_UPLOADS: frozenset[DocumentStatus] = frozenset({"missing", "uploaded", "rejected", "ask_again"})
# In these states nothing comes of an account's papers any more, and nothing that was written about them is kept.
OVER: frozenset[AccountStatus] = frozenset({"complete", "expired"})
# What falls due, by its kind in functions/workers/daily.py; the subject is the account's id.
REMINDER = "papers_reminder"
DEADLINE = "papers_deadline"
# The partition of those that wait for the staff, and how its keys begin.
QUEUE = "REVIEWS"
QUEUED = "DEADLINE#"


@dataclass(frozen=True)
class Upload:
    """A file that the customer has announced: one of the parts of a document, whose set and own id name where it lands.

    Once it has `landed` and been inspected, `file` is the rendering that is kept of it, of that `content_type`, and
    `sha256` its own.
    """

    set: str
    id: str
    part: int
    filename: str
    size: int
    issued_on: str | None = None
    landed: bool = False
    file: str | None = None
    content_type: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Document:
    """Where one paper stands.

    `reason` is a code when the check has rejected it (`rejected_part` is then the one of several that it rejected), the
    reviewer's words when a person has, which add to the `reason_code` that they chose. `uploads` are the files that may
    land, `of` how many there are to be, `file` the rendering that is kept. What stays when that is destroyed is the
    rest: decision, reviewer, times and the files' SHA-256, one after the other.
    """

    status: DocumentStatus = "missing"
    reason: str | None = None
    reason_code: ReasonCode | None = None
    rejected_part: int | None = None
    uploads: tuple[Upload, ...] = ()
    of: int = 1
    file: str | None = None
    filename: str | None = None
    content_type: str | None = None
    issued_on: str | None = None
    sha256: str | None = None
    sent_at: str | None = None
    decided_at: str | None = None
    decided_by: str | None = None
    destroyed_at: str | None = None

    @classmethod
    def stored(cls, attributes: Mapping[str, Any]) -> "Document":
        """As the account keeps it."""
        return cls(**{**attributes, "uploads": tuple(Upload(**upload) for upload in attributes["uploads"])})

    @property
    def set(self) -> str | None:
        """The set of files that is waited for."""
        return self.uploads[0].set if self.uploads else None

    @property
    def lacking(self) -> list[int]:
        """The parts of a document of several files that have not landed, when others have."""
        landed = {upload.part for upload in self.uploads if upload.landed}
        return [part for part in range(1, self.of + 1) if part not in landed] if landed else []

    def with_upload(self, upload: Upload) -> "Document":
        """With that file waited for, in the place of the part's before."""
        others = [other for other in self.uploads if other.part != upload.part]
        return replace(self, uploads=tuple(sorted([*others, upload], key=lambda one: one.part)))

    def is_here(self, has: Callable[[Upload], object]) -> bool:
        """Whether every part is, and each of them has it."""
        return len(self.uploads) == self.of and all(map(has, self.uploads))


@dataclass(frozen=True)
class Account:
    """A customer's account as it is kept beside their sessions.

    `invoices_email` is where a copy of each invoice goes, if anywhere;
    `login` names who keeps its password, when that is not the address itself; `reminded` is the last of REMINDERS that
    has gone out; `destroyed_at` says when all of its papers were destroyed because its time was over. `last_word` says
    who wrote the message that waits for an answer, and since when one does. `moved` says which address it had before
    (`from`), and `until` when that can take it back.
    """

    account_id: str
    email: str
    company: str
    profile: Profile
    language: Language
    account_status: AccountStatus
    registered_at: str
    roles: tuple[str, ...] = ()
    siren: str | None = None
    invoices_email: str | None = None
    login: str | None = None
    reminded: int | None = None
    destroyed_at: str | None = None
    last_word: Side | None = None
    last_word_at: str | None = None
    moved: Mapping[str, str] | None = None
    documents: Mapping[Kind, Document] = field(default_factory=dict)
    version: int = 0

    @classmethod
    def stored(cls, item: Item) -> "Account":
        """From its item in the table."""
        known = {name: item[name] for name in cls.__dataclass_fields__ if name in item}
        documents = {kind: Document.stored(kept) for kind, kept in item.get("documents", {}).items()}
        return cls(**known | {"roles": tuple(item["roles"]), "documents": documents})

    def put(self) -> Put:
        """Its item, written over the version that was read."""
        return next_version(account_key(self.email), self.attributes())

    def attributes(self) -> dict[str, Any]:
        """What its item holds."""
        return asdict(self)

    @property
    def deadline(self) -> date:
        """The last day on which a paper may be sent."""
        return clock.day(datetime.fromisoformat(self.registered_at)) + timedelta(days=DAYS)

    def on(self, today: date) -> "Account":
        """As it stands on a business day, whether or not the worker that ends it has run yet."""
        is_over = today > self.deadline and self.account_status in ("pending", "in_review")
        return replace(self, account_status="expired") if is_over else self

    def document(self, kind: Kind) -> Document:
        """Where a paper stands."""
        return self.documents.get(kind, Document())

    def with_document(self, kind: Kind, document: Document) -> "Account":
        """With a paper that stands otherwise, and what follows from it for the account."""
        documents = {**self.documents, kind: document}
        stand = {documents.get(paper.kind, Document()).status for paper in papers.needed(self.profile)}
        status: AccountStatus = "pending"
        if stand == {"accepted"}:
            status = "complete"
        elif "in_review" in stand:
            status = "in_review"
        changed = replace(self, documents=documents, account_status=status)
        return changed.with_nothing_to_answer() if status in OVER else changed

    @property
    def turn(self) -> Side | None:
        """Who has something to do: the staff before all as long as they have, nobody once it is over."""
        if self.account_status in OVER:
            return None
        if self.last_word == "customer" or self.kinds_in("in_review"):
            return "staff"
        if self.last_word:
            return "customer"
        is_asked = self.kinds_in("missing", "rejected", "ask_again") and not self.kinds_in("refused")
        return "customer" if is_asked else None

    @property
    def is_queued(self) -> bool:
        """Whether it has its place among those with a paper or a message that waits."""
        return bool(self.kinds_in("in_review") or self.last_word)

    @property
    def waits_since(self) -> str | None:
        """Since when its oldest paper has waited for a look, or a message for an answer."""
        sent = [self.document(kind).sent_at for kind in self.kinds_in("in_review")]
        return min((at for at in (*sent, self.last_word_at) if at), default=None)

    def with_word(self, side: Side, at: str) -> "Account":
        """With a message of that side that waits for an answer, as an earlier one may."""
        return self if self.last_word == side else replace(self, last_word=side, last_word_at=at)

    def with_nothing_to_answer(self, side: Side | None = None) -> "Account":
        """Without a message that waits for an answer, or without one of that side."""
        is_answered = side is None or self.last_word == side
        return replace(self, last_word=None, last_word_at=None) if is_answered else self

    def with_login(self, login: str) -> "Account":
        """With a new password."""
        return replace(self, login=login)

    def kinds_in(self, *statuses: DocumentStatus) -> list[Kind]:
        """The papers that stand so."""
        kinds = (paper.kind for paper in papers.needed(self.profile))
        return [kind for kind in kinds if self.document(kind).status in statuses]

    def happened(
        self, what: Told, now: datetime, by: str, *, kept_until: datetime | None = None, **data: object
    ) -> tuple[str, Event]:
        """Something that happened to the account, in its history."""
        said = {"account": self.account_id, "email": self.email, "language": self.language, **data}
        return partition(self.account_id), what.event(now, by, said, kept_until=kept_until)


def rejected(account: Account, kind: Kind, part: int, why: str, now: datetime) -> Account:
    """With the announced document refused by the check, for one of its parts."""
    which = part if account.document(kind).of > 1 else None
    stands = _sent(account, kind, now, status="rejected", reason=why, rejected_part=which)
    return account.with_document(kind, stands)


def taken_in(account: Account, kind: Kind, file: str, content_type: str, now: datetime) -> Account:
    """With the announced document kept for the staff to look at: the rendering of all its parts, and its type."""
    sha256 = sha256_of(account.document(kind))
    stands = _sent(account, kind, now, status="in_review", file=file, content_type=content_type, sha256=sha256)
    return account.with_document(kind, stands).with_nothing_to_answer("staff")


def sha256_of(document: Document) -> str:
    """The SHA-256 of each of the files that were sent, one after the other."""
    return " ".join(upload.sha256 or "" for upload in document.uploads)


def _sent(account: Account, kind: Kind, now: datetime, **stands: Any) -> Document:
    document = account.document(kind)
    return Document(
        of=document.of,
        filename=", ".join(upload.filename for upload in document.uploads),
        issued_on=next((upload.issued_on for upload in document.uploads if upload.issued_on), None),
        sent_at=clock.rfc3339(now),
        **stands,
    )


def queued(before: Account, after: Account) -> Iterator[Write]:
    """The account's place among those with a paper or a message that waits, by their deadlines."""
    key = Key(QUEUE, f"{QUEUED}{after.deadline.isoformat()}#{after.account_id}")
    if after.is_queued:
        about = {
            "account": after.account_id,
            "email": after.email,
            "company": after.company,
            "profile": after.profile,
            "deadline": after.deadline.isoformat(),
            "kinds": after.kinds_in("in_review"),
            "turn": after.turn,
            "since": after.waits_since,
            "message_waits": after.last_word == "customer",
        }
        yield Put(key, about)
    elif before.is_queued:
        yield Delete(key)


def worded(facts: Mapping[str, Any], texts: Texts) -> dict[str, Any]:
    """Facts of events with the codes and amounts among them in the reader's words."""
    said = dict(facts)
    if "kind" in said:
        said["kind"] = texts(f"documents.kinds.{said['kind']}")
    if "kinds" in said:
        said["kinds"] = texts.listed([texts(f"documents.kinds.{kind}") for kind in said["kinds"]])
    wished, name = said.get("wished_date"), said.get("name")
    code = said.get("reason_code")
    if code:
        said["reason"] = why_not_accepted(texts, code, said.get("reason"))
    said["advice"] = advice(texts, code)
    said["wished"] = texts("cancellation.wished", wished_date=wished) if wished else ""
    said["named"] = texts("cancellation.named", name=name) if name else ""
    if "refund" in said:
        said["refund"] = price(said["refund"], texts.language)
    if "check" in said:
        said["check"] = why_rejected(texts, said["check"], said.get("part"), said.get("of"))
    if "next_year_cents" in said:
        net = said["next_year_cents"]
        with_vat = said.get("next_year_with_vat_cents", net)
        said["next_year"] = priced(texts, "a_year", net, with_vat, is_consumer=said.get("is_consumer", False))
    return said


def why_rejected(texts: Texts, code: str, part: int | None, of: int | None) -> str:
    """Why the check has not taken a document; which of several files it is about, and that all are to be sent again."""
    why = texts(f"documents.rejected.{code}")
    return texts("documents.parts.rejected", part=part, of=of, why=why) if part and of else why


def why_not_accepted(texts: Texts, code: ReasonCode | None, words: str | None) -> str:
    """Why a reviewer has not accepted a paper: what was chosen, in the reader's language, and the words added to it."""
    chosen = texts(f"reviews.reasons.{code}") if code and code != "other" else ""
    return " ".join(filter(None, (chosen, words)))


def advice(texts: Texts, code: ReasonCode | None) -> str:
    """What can be sent in the place of a paper that was refused for that, in the reader's language."""
    return texts(f"reviews.advice.{code}") if code and code != "other" else ""


def partition(account_id: str) -> str:
    """The partition of an account's history, and of what leads from its id to its person."""
    return f"ACCOUNT#{account_id}"


def person_key(account_id: str) -> Key:
    """Where an account's id leads to its address."""
    return Key(partition(account_id), "PERSON")


def own_account(email: str) -> Reads[Account]:
    """The account of the person who asks, which is read with their session."""
    return Reads((), lambda items: Account.stored(items[account_key(email)]))


@dataclass(frozen=True)
class Identified:
    """An account as its id led to it; None when it is no more, since one that has expired may be registered anew.

    `has_moved` says that the id leads elsewhere by now than where the account was looked for.
    """

    account: Account | None
    has_moved: bool
    items: Items


def identified(account_id: str, leads_to: Item | None) -> Reads[Identified]:
    """The account of that id, which was read to lead there."""
    person = person_key(account_id)
    key = account_key(leads_to["email"]) if leads_to else person

    def state(items: Items) -> Identified:
        item = items.get(key) if leads_to else None
        account = Account.stored(item) if item and item["account_id"] == account_id else None
        return Identified(account, items.get(person) != leads_to, items)

    return Reads((person, key), state, vouched=(person,) if leads_to else ())


def deadlines(account: Account) -> Iterator[Put]:
    """What falls due because of the account's deadline."""
    for days in REMINDERS:
        yield Due(account.deadline - timedelta(days=days), REMINDER, account.account_id).put()
    yield Due(account.deadline + timedelta(days=1), DEADLINE, account.account_id).put()


def decide_reminder(account: Account, now: datetime) -> Iterator[Write]:
    """The reminder that is due, if a paper is still to be sent; one that is late goes out in place of those before.

    An account of which a paper was refused cannot be completed: nothing more is asked for.
    """
    days_left = (account.deadline - clock.day(now)).days
    due = [days for days in REMINDERS if days_left <= days]
    missing = [] if account.kinds_in("refused") else account.kinds_in("missing", "rejected", "ask_again")
    if account.account_status not in ("pending", "in_review") or days_left < 0 or not due or not missing:
        return
    if account.reminded is not None and account.reminded <= due[-1]:
        return
    yield replace(account, reminded=due[-1]).put()
    what = PAPERS_MISSING if days_left else PAPERS_MISSING_TODAY
    where, event = account.happened(what, now, DESK, deadline=account.deadline, count=days_left, kinds=missing)
    yield from event.written(where, REMINDER)


def decide_deadline(account: Account, now: datetime) -> Iterator[Write]:
    """The day after the last one: what is not complete is over, and its papers are to be destroyed."""
    if not is_overdue(account, now):
        return
    over = ended(account)
    yield over.put()
    yield from queued(account, over)
    where, event = over.happened(ACCOUNT_EXPIRED, now, DESK)
    yield from event.written(where, DEADLINE)


def is_overdue(account: Account, now: datetime) -> bool:
    """Whether its time is over and nothing has come of that yet."""
    return account.account_status != "expired" and account.on(clock.day(now)).account_status == "expired"


def ended(account: Account) -> Account:
    """As it is kept once its time is over: no paper is waited for any more, and none waits for the staff."""
    documents = {
        kind: replace(document, status="missing", reason=None, reason_code=None, rejected_part=None, uploads=(), of=1)
        if document.status in ("missing", "uploaded", "rejected", "in_review", "ask_again")
        else document
        for kind, document in account.documents.items()
    }
    return replace(account, account_status="expired", documents=documents).with_nothing_to_answer()
