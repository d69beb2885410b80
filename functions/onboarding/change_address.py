"""My own address: moved to another mailbox with everything that hangs on it, by a code that goes there.

Whether the new address is somebody's shows nowhere: the answer is the same, its owner is told that somebody tried, and
no code goes out. The address before is kept for seven days, in which whoever reads it can take the change back by a
link; until then there is no other change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.onboarding.account import Account, person_key, queued
from functions.onboarding.authentication import Login
from functions.onboarding.factor import Credentials, Proof, prove
from functions.onboarding.mailbox import Asks, Mailbox, Requested, digits
from functions.onboarding.reserved import UNDOABLE, is_reserved, reserve, reserved_key
from functions.onboarding.settling import MOVED_FROM, MOVES_TO, settle
from functions.onboarding.sign_in import FROM_KNOWN_BROWSER, WRONG_PASSWORD, Session, tried_in
from functions.shared import clock, links, one_time_codes, session
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk, Gathered, OpenDecision, OpenView, proven
from functions.shared.devices import device
from functions.shared.events import Event, Mail, Told
from functions.shared.fields import EmailAddress, Line, Model, OneTimeCode, Password, RequestModel
from functions.shared.form import Form
from functions.shared.items import UNSETTLED, Delete, Items, Key, Reads, Set, Write, new, next_version
from functions.shared.job import Answered, Ask, Change, Job, Opens, SignedIn
from functions.shared.limits import Try
from functions.shared.refusal import LINK_EXPIRED, NOT_FOUND, TOO_MANY_TRIES, WRONG_CODE, Invalid, Refused, conflict
from functions.shared.session import account_key, person

JUST_CHANGED = conflict("address_just_changed", "account")
ADDRESS_CODE = Told("address_code", "account", mails=(Mail("account.mails.code"),), in_history=False, publishes=None)
# Of an address that is somebody's, or kept for somebody: they are told so, and not by whom.
ADDRESS_TAKEN = Told("address_taken", "account", mails=(Mail("account.mails.taken"),), in_history=False, publishes=None)
ADDRESS_CHANGED = Told(
    "address_changed",
    "reviews",
    mails=(Mail("account.mails.left", leaves_trace=False), Mail("account.mails.moved", to="other")),
    publishes=("until",),
)
ADDRESS_RESTORED = Told(
    "address_restored",
    "reviews",
    mails=(Mail("account.mails.restored"), Mail("account.mails.taken_back", to="other", leaves_trace=False)),
)
LIMITS = Asks.of("code for a change of address")
LINK_PURPOSE = "address"
_CODE = "CODE#address"
# What a session has that a change of address has opened: which session asked for it, to be answered again. It names no
# address, which may be somebody else's to erase by then.
_OPENED_BY = "opened_by"


class ChangeAddress(RequestModel):
    """The address to be, and the password of who asks."""

    email: EmailAddress
    password: Password


class ConfirmAddress(RequestModel):
    """The code that went to the new address."""

    code: OneTimeCode


class TakeBack(RequestModel):
    """What the link in the e-mail to the address before carries."""

    token: Line


class Undoable(Model):
    """What a link takes back: the account is at `moved_to`, and would be at `email` again."""

    email: str
    moved_to: str
    until: str


class Restored(Model):
    """The address that the account has again."""

    email: str


@dataclass(frozen=True)
class Wanted:
    """The reader's account, and what is kept of the address that they want and of its code."""

    account: Account
    mailbox: Mailbox
    claimed: session.Claim

    def is_taken(self, now: datetime) -> bool:
        """Whether the address is somebody's, or kept for somebody."""
        mailbox = self.mailbox
        return mailbox.account is not None or is_reserved(mailbox.items, mailbox.email, now)


def code_of(email: str) -> Key:
    """Where the code is kept that somebody has asked for to change their address, which is one at a time."""
    return Key(person(email), _CODE)


def reads_to_change(ask: Ask[ChangeAddress], email: str) -> Reads[Wanted]:
    """Both accounts, the code that was asked for before, and whether the address is kept for somebody."""
    return _wanted(session.claim(ask.request), ask.body.email)


def _wanted(claimed: session.Claim, address: str, *more: Key) -> Reads[Wanted]:
    code = code_of(claimed.email)

    def state(items: Items) -> Wanted:
        item = items.get(account_key(address))
        mailbox = Mailbox(address, Account.stored(item) if item else None, code, items)
        return Wanted(Account.stored(items[account_key(claimed.email)]), mailbox, claimed)

    keys = (account_key(claimed.email), account_key(address), code, reserved_key(address), *more)
    return Reads(keys, state)


def tries_to_change(state: Wanted, ask: Ask[ChangeAddress]) -> tuple[Try, ...]:
    """Where it counts: the password as everywhere, the code as those for a registration."""
    browser = session.known(ask.request, state.account.email, ask.keys) or state.claimed.session_id
    return *LIMITS.tries(state.mailbox, ask), tried_in(browser, state.account.email, state.account, ask)


def needs_proof(state: Wanted, ask: SignedIn[ChangeAddress]) -> Credentials:
    """The password to try."""
    return Credentials(Login(_login_of(state.account), ask.body.password.get_secret_value()))


def decide_change(state: Wanted, ask: SignedIn[ChangeAddress], proof: Proof) -> Change[Requested]:
    """Send a code to the address that is to be the account's; if it is somebody's, tell them. The answer is the same.

    Raises Refused `wrong_credentials`, `address_just_changed`, Invalid for the address that it is already.
    """
    account, email = state.account, ask.body.email
    if not proof.is_right:
        raise Refused(WRONG_PASSWORD)
    if email == account.email:
        raise Invalid(("email", "own_address", {}))
    if account.moved and clock.rfc3339(ask.now) < account.moved["until"]:
        raise Refused(JUST_CHANGED, until=account.moved["until"])
    if ask.is_silenced:
        return Change(Requested())
    key = state.mailbox.code
    issued = one_time_codes.issue(state.mailbox.items, key, ask.seed, ask.now, {"email": email}, digits(ask))
    until = ask.now + one_time_codes.LIFE
    if state.is_taken(ask.now):
        data: dict[str, Any] = {"email": email, "language": ask.reader.language}
        event = person(email), ADDRESS_TAKEN.event(ask.now, email, data, kept_until=until)
    else:
        code = one_time_codes.enclosed(key, ask.seed, digits(ask))
        data = {"email": email, "language": account.language, "code": code}
        event = person(email), ADDRESS_CODE.event(ask.now, account.email, data, kept_until=until)
    return Change(Requested(), (issued,), (event,))


@dataclass(frozen=True)
class Moves:
    """Moves the reader's account with the code, and opens a session there in the place of all that were open.

    It is answered again to the session that asked, although that has ended with it, and to the one that it opened.
    """

    signed_in = True
    summary = "Move the reader's account to the address that the code went to."

    def run(self, desk: Desk, ask: Ask[ConfirmAddress]) -> Answered:
        """Decide, commit and take the steps. Raises Refused `wrong_code`, or as OpenDecision.run does."""
        claimed = session.claim(ask.request)
        kept = desk.cloud.store.snapshot([*claimed.keys, code_of(claimed.email)])
        account = kept.get(account_key(claimed.email))
        about = one_time_codes.about(kept, code_of(claimed.email))
        address = about.get("email", claimed.email)
        # Where nothing proves the session it is refused before anything is decided.
        wanted = _wanted(claimed, address, claimed.session, reserved_key(claimed.email))
        reads = Reads(wanted.keys, lambda items: items)

        def decide(items: Items, asked: Ask[ConfirmAddress]) -> Change[Session]:
            proven(claimed, items, asked)
            return decide_confirm(wanted.state(items), asked)

        def go_on(cloud: Cloud, asked: Ask[ConfirmAddress], answer: Mapping[str, Any]) -> None:
            settle(cloud, account_key(answer["email"]))

        if account is None:
            # It is at another address by now: only what was answered before can be answered.
            reads = Reads((), lambda items: items)
        opened_by, moved = kept.get(claimed.session, {}).get(_OPENED_BY), (account or {}).get("moved")
        scope = f"{moved['from']} {opened_by}" if opened_by and moved else f"{claimed.email} {claimed.session_id}"
        return OpenDecision(lambda _: scope, lambda _: reads, decide, go_on).run(desk, ask)


def decide_confirm(state: Wanted, ask: Ask[ConfirmAddress]) -> Change[Session]:
    """Move the account with the code that was sent. Raises Refused `wrong_code`."""
    account, mailbox = state.account, state.mailbox
    items = mailbox.items
    asked = one_time_codes.about(items, mailbox.code)
    spent = one_time_codes.spend(items, mailbox.code, ask.body.code, ask.now, ask.keys)
    if asked.get("email") != mailbox.email or mailbox.email == account.email or state.is_taken(ask.now):
        raise Refused(WRONG_CODE, spent)
    until = ask.now + UNDOABLE
    link = links.token(ask.seed, ask.keys)
    here = replace(
        account,
        email=mailbox.email,
        login=_login_of(account),
        moved={"from": account.email, "until": clock.rfc3339(until)},
    )
    token = session.token(ask.seed, here.email, ask.keys)
    used, before = device(ask.request.headers.get("user-agent", "")), items[state.claimed.session]
    opening = session.opened(
        here.email, token, here.login, used, second_factor=bool(before.get("second_factor", False))
    )
    told = account.happened(
        ADDRESS_CHANGED, ask.now, account.email, other=here.email, link=ask.seed, until=clock.day(until)
    )
    writes: tuple[Write, ...] = (
        spent,
        *_readdressed(account, here, items),
        opening._replace(attributes={**opening.attributes, _OPENED_BY: state.claimed.session_id}),
        links.made(link, links.Link(LINK_PURPOSE, f"{account.account_id} {account.email}", until)),
        reserve(account, here.email, items, links.key(link), until),
    )
    return Change(Session.model_validate(here), writes, (told,), Opens(ask.seed, here.email))


def _readdressed(before: Account, after: Account, items: Items) -> tuple[Write, ...]:
    """The account at its other address, in the middle of the steps that bring the rest there."""
    stub = {"email": before.email, "account_id": before.account_id, "version": before.version}
    return (
        next_version(account_key(before.email), {**stub, UNSETTLED: {MOVES_TO: after.email}}),
        new(account_key(after.email), {**after.attributes(), UNSETTLED: {MOVED_FROM: before.email}}),
        Set(person_key(after.account_id), {"email": after.email}),
        *queued(before, after),
    )


def _login_of(account: Account) -> str:
    return account.login or account.email


@dataclass(frozen=True)
class Linked:
    """What the link of an e-mail is about: the account, wherever it is, and the address that it had."""

    token: str
    former: str
    account: Account | None
    items: Items

    def opened(self, now: datetime) -> Account:
        """The account, if the link still takes its change back. Raises Refused `not_found`, `link_expired`."""
        link = links.opened(self.items, self.token, LINK_PURPOSE, now)
        account = self.account
        # One that came late may last longer than the address is kept.
        is_free = account_key(self.former) not in self.items
        if account is None or link.subject != f"{account.account_id} {self.former}" or not is_free:
            raise Refused(NOT_FOUND)
        return account


@dataclass(frozen=True)
class ByLink:
    """A job of whoever holds a link, about the account that it names, wherever that is by now."""

    summary: str
    does: Callable[[Reads[Linked]], OpenView[TakeBack, Undoable, Linked] | OpenDecision[TakeBack, Restored, Linked]]
    signed_in = False

    def run(self, desk: Desk, ask: Ask[TakeBack]) -> Answered:
        """Find the account, then show or decide. Raises Refused as `Linked.opened` does."""
        store, token = desk.cloud.store, ask.body.token
        item = store.item(links.key(token)) or {}
        account_id, _, former = str(item.get("subject", "")).partition(" ")
        at = store.item(person_key(account_id)) if account_id else None
        if at is None:
            return self.does(Reads((links.key(token),), lambda items: Linked(token, "", None, items))).run(desk, ask)
        here = account_key(at["email"])

        def state(items: Items) -> Linked:
            return Linked(token, former, Account.stored(items[here]) if here in items else None, items)

        keys = (links.key(token), here, account_key(former), reserved_key(former))
        return self.does(Reads(keys, state)).run(desk, ask)


def show(state: Linked, ask: Ask[TakeBack]) -> Undoable:
    """What the link takes back."""
    account = state.opened(ask.now)
    until = state.items[links.key(state.token)]["valid_until"]
    return Undoable(email=state.former, moved_to=account.email, until=until)


def decide_undo(state: Linked, ask: Ask[TakeBack]) -> Change[Restored]:
    """Bring an account back to the address that it had, and end every session.

    Raises Refused `not_found`, `link_expired`.
    """
    account = state.opened(ask.now)
    back = replace(account, email=state.former, login=_login_of(account), moved=None)
    told = back.happened(ADDRESS_RESTORED, ask.now, state.former, other=account.email)
    reserved = reserved_key(state.former)
    return Change(
        Restored(email=back.email),
        (
            links.ended(state.items, links.key(state.token)),
            *_readdressed(account, back, state.items),
            *([Delete(reserved, state.items[reserved])] if reserved in state.items else []),
        ),
        (told,),
    )


def _restore(cloud: Cloud, ask: Ask[TakeBack], answer: Mapping[str, Any]) -> None:
    settle(cloud, account_key(answer["email"]))


def go_on(cloud: Cloud, event: Event) -> None:
    """What a change of address calls for: its steps, if nobody has taken them."""
    for address in (event.data["email"], event.data["other"]):
        settle(cloud, account_key(address))


CHANGE = Job(
    name="change-address",
    method="POST",
    path="/api/account/email",
    body=ChangeAddress,
    answer=Requested,
    status=202,
    does=Gathered(reads_to_change, needs_proof, prove, decide_change, tries_to_change),
    refuses=(WRONG_PASSWORD, JUST_CHANGED, TOO_MANY_TRIES),
    limits=(*LIMITS.all, FROM_KNOWN_BROWSER),
    tells=(ADDRESS_CODE, ADDRESS_TAKEN),
    form=Form("account.change"),
    confirms=True,
)
CONFIRM = Job(
    name="confirm-address",
    method="POST",
    path="/api/account/email/confirm",
    body=ConfirmAddress,
    answer=Session,
    does=Moves(),
    refuses=(WRONG_CODE,),
    tells=(ADDRESS_CHANGED,),
    form=Form("account.confirm", whose="answer", after=CHANGE),
)
OPEN = Job(
    name="open-address-link",
    method="POST",
    path="/api/account/email/undo/summary",
    body=TakeBack,
    answer=Undoable,
    does=ByLink(
        "What the link in the e-mail to the address before takes back.",
        lambda reads: OpenView(lambda _: reads, show),
    ),
    refuses=(NOT_FOUND, LINK_EXPIRED),
)
UNDO = Job(
    name="undo-address",
    method="POST",
    path="/api/account/email/undo",
    body=TakeBack,
    answer=Restored,
    does=ByLink(
        "Bring an account back to the address that it had, and end every session.",
        lambda reads: OpenDecision(lambda ask: links.key(ask.body.token).pk, lambda _: reads, decide_undo, _restore),
    ),
    refuses=(NOT_FOUND, LINK_EXPIRED),
    tells=(ADDRESS_RESTORED,),
    form=Form("account.undo", about="link", opens=OPEN),
)
