"""Who is asking: server-side sessions, known to the browser by a cookie that names the person and proves it.

The cookie carries the address and the account's number beside the token so that session, account, all that a decision
needs and what the account was answered before are read in one call. The table keeps the session under a hash of its
token, by which its person can name it: nobody gets back from that to the token. Sessions run on real time: moving the
business clock signs nobody out.
"""

import base64
import hashlib
import re
import time
from collections.abc import Collection, Mapping
from typing import NamedTuple

from functions.shared.items import Item, Items, Key, Put, new, next_version
from functions.shared.keys import Keys, written
from functions.shared.refusal import NOT_SIGNED_IN, READER_CHANGED, SECOND_FACTOR_MISSING, SIGN_IN_AGAIN, Refused
from functions.shared.request import Request
from functions.shared.texts import Language

COOKIE = "__Host-session"
# Tells the pages' scripts whose account may be signed in, so that signed-out readers cause no refused request, and a
# page that shows one person's things notices that another has signed in.
HINT = "__Host-signed-in"
# Shows that it was this browser that asked for a code.
ASKING = "__Host-asking"
ASKING_SECONDS = 24 * 60 * 60
# Shows that a person has proven themselves in this browser: nobody else's wrong guesses keep them out of it.
KNOWN = "__Host-known"
KNOWN_SECONDS = 180 * 24 * 60 * 60
IDLE_SECONDS = 2 * 60 * 60
ABSOLUTE_SECONDS = 12 * 60 * 60
REFRESH_SECONDS = 5 * 60
# After so long a change that matters asks who it is, and a customer's paper after so long without a look at one.
CONFIRMED_SECONDS = 30 * 60
PAPERS_IDLE_SECONDS = 15 * 60
_PAPERS_REFRESH_SECONDS = 60
# Whoever has one of these sees what is others'.
_ROLES_WITH_SECOND_FACTOR = frozenset({"staff", "support"})
PREFIX = "SESSION#"
_ID_DIGITS = 32
# 256 bits in base64.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_NAME_LENGTH = 32


class Claim(NamedTuple):
    """What the cookie says, not yet proven."""

    email: str
    account_id: str
    session_id: str

    @property
    def session(self) -> Key:
        """Where the session is kept if the claim is true."""
        return session_key(self.email, self.session_id)

    @property
    def keys(self) -> tuple[Key, Key]:
        """What proves the claim: the session and the account."""
        return self.session, account_key(self.email)


class Reader(NamedTuple):
    """The signed-in person."""

    email: str
    account_id: str
    company: str
    profile: str
    account_status: str
    language: Language
    roles: tuple[str, ...]
    siren: str | None = None
    invoices_email: str | None = None


def person(email: str) -> str:
    """The partition of all that belongs to a person."""
    return f"USER#{email}"


def account_key(email: str) -> Key:
    """Where a person's account is kept."""
    return Key(person(email), "ACCOUNT")


def session_id(token: str) -> str:
    """What a session is kept under, and its person may know it by."""
    return hashlib.sha256(token.encode()).hexdigest()[:_ID_DIGITS]


def session_key(email: str, of_session: str) -> Key:
    """Where a session is kept."""
    return Key(person(email), f"{PREFIX}{of_session}")


def needs_second_factor(roles: Collection[str]) -> bool:
    """Whether somebody with these roles signs in with a second factor."""
    return not _ROLES_WITH_SECOND_FACTOR.isdisjoint(roles)


def claim(request: Request) -> Claim:
    """What the request's cookie claims. Raises Refused `not_signed_in` when there is no such cookie."""
    address, _, rest = (cookie(request, COOKIE) or "").partition(".")
    account_id, _, token = rest.partition(".")
    try:
        email = base64.urlsafe_b64decode(address + "=" * (-len(address) % 4)).decode()
    except ValueError:
        raise Refused(NOT_SIGNED_IN) from None
    if not 0 < len(email) <= 254 or not _ACCOUNT_ID.fullmatch(account_id) or not token:
        raise Refused(NOT_SIGNED_IN)
    return Claim(email, account_id, session_id(token))


def reader(claimed: Claim, items: Items, *, half_signed_in: bool = False) -> Reader:
    """The person behind a proven claim.

    Raises Refused `not_signed_in` for a session that is dead or never was, and `second_factor_missing` for one that was
    opened without the second factor that the person needs, unless `half_signed_in` is enough.
    """
    session, account = items.get(claimed.session), items.get(account_key(claimed.email))
    is_theirs = account is not None and account["account_id"] == claimed.account_id
    if session is None or account is None or not is_theirs or not is_open(session, account):
        raise Refused(NOT_SIGNED_IN)
    if needs_second_factor(account["roles"]) and not session.get("second_factor") and not half_signed_in:
        raise Refused(SECOND_FACTOR_MISSING)
    return Reader(
        email=claimed.email,
        account_id=account["account_id"],
        company=account["company"],
        profile=account["profile"],
        account_status=account["account_status"],
        language=account["language"],
        roles=tuple(account["roles"]),
        siren=account.get("siren"),
        invoices_email=account.get("invoices_email"),
    )


def insist_on_same_reader(reader: Reader, request: Request) -> None:
    """Raises Refused `reader_changed` when the page that asks thinks that it acts for another account.

    Two tabs share a session's cookie: one that shows a person's things must not act for the next who signs in.
    """
    if request.headers.get("guichet-reader", reader.account_id) != reader.account_id:
        raise Refused(READER_CHANGED)


def is_open(session: Item, account: Item) -> bool:
    """Whether a session is neither idle for too long nor too old, and opened with the password that the account has.

    One that was ended is no longer there. A new password is a new login: it ends every session before it.
    """
    is_alive = time.time() < min(int(session["idle_until"]), int(session["absolute_until"]))
    return is_alive and session.get("login") == account.get("login")


def opened(
    email: str, token: str, login: str | None, device: Mapping[str, str] | None = None, *, second_factor: bool = False
) -> Put:
    """A new session of a person who signed in with that login, on that device, with a second factor or without."""
    now = int(time.time())
    attributes = {
        "login": login,
        "idle_until": now + IDLE_SECONDS,
        "absolute_until": now + ABSOLUTE_SECONDS,
        "expires_at": now + ABSOLUTE_SECONDS,
        "confirmed_at": now,
        "second_factor": second_factor,
        "papers_at": now if second_factor else None,
        "device": device or {},
    }
    return new(session_key(email, session_id(token)), attributes)


def confirmed(key: Key, session: Item, *, by_second_factor: bool) -> Put:
    """The session of somebody who has just shown again who they are."""
    now = int(time.time())
    shown = {"second_factor": True, "papers_at": now} if by_second_factor else {}
    return next_version(key, {**session, "confirmed_at": now, **shown})


def insist_on_confirmation(session: Item) -> None:
    """Raises Refused `sign_in_again` when the last sign-in or confirmation is over 30 minutes old."""
    if time.time() - int(session.get("confirmed_at", 0)) > CONFIRMED_SECONDS:
        raise Refused(SIGN_IN_AGAIN)


def insist_on_presence(session: Item) -> None:
    """Raises Refused `sign_in_again` when no paper was looked at, nor a code given, for 15 minutes."""
    if time.time() - int(session.get("papers_at", 0)) > PAPERS_IDLE_SECONDS:
        raise Refused(SIGN_IN_AGAIN)


def looking_at_papers(key: Key, session: Item) -> Put | None:
    """The session of somebody who looks at papers, when enough time has gone by to be worth a write."""
    now = int(time.time())
    is_fresh = now - int(session.get("papers_at", 0)) < _PAPERS_REFRESH_SECONDS
    return None if is_fresh else next_version(key, {**session, "papers_at": now})


def refreshed(claimed: Claim, session: Item) -> Put | None:
    """The session with its idle time begun anew, when enough of it has gone by to be worth a write."""
    idle_until = int(time.time()) + IDLE_SECONDS
    if idle_until - session["idle_until"] < REFRESH_SECONDS:
        return None
    return next_version(claimed.session, {**session, "idle_until": idle_until})


def token(seed: str, email: str, keys: Keys) -> str:
    """The 256-bit token of a session: derived, so that a repeat gives it again and the table never holds it."""
    return written(keys.derived(seed, f"session {email} {seed}"))


def asking(request: Request, seed: str, keys: Keys) -> str:
    """The token of a browser that asks for a code: the one that it has, else a new one."""
    return _asking(request) or written(keys.derived(seed, f"browser {seed}"))


def asked_from(request: Request) -> str | None:
    """The digest of the token of the browser that the request comes from, if it has ever asked for a code."""
    token = _asking(request)
    return browser(token) if token else None


def browser(token: str) -> str:
    """What is kept of a browser's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _asking(request: Request) -> str | None:
    token = cookie(request, ASKING)
    return token if token and _TOKEN.fullmatch(token) else None


def known(request: Request, email: str, keys: Keys) -> str | None:
    """The name of the browser that the request comes from, if the person has proven themselves in it."""
    name, _, proof = (cookie(request, KNOWN) or "").partition(".")
    try:
        digest = base64.b64decode(proof + "=", altchars=b"-_", validate=True)
    except ValueError:
        return None
    return name if keys.vouch_for(_known(name, email), digest) else None


def _known(name: str, email: str) -> str:
    return f"known browser {name} {email}"


def cookies_that_open(email: str, session_token: str, account_id: str) -> list[str]:
    """The cookies of a new session, of which scripts can read the account's id."""
    address = written(email.encode())
    attributes = f"Path=/; Max-Age={ABSOLUTE_SECONDS}; Secure; SameSite=Strict"
    opens = f"{COOKIE}={address}.{account_id}.{session_token}; {attributes}; HttpOnly"
    return [opens, f"{HINT}={account_id}; {attributes}"]


def cookie_that_asks(token: str) -> str:
    """The cookie that later shows that a code was asked for from this browser."""
    return f"{ASKING}={token}; Path=/; Max-Age={ASKING_SECONDS}; Secure; SameSite=Strict; HttpOnly"


def cookie_that_knows(seed: str, email: str, keys: Keys) -> str:
    """The cookie that later shows that the person has proven themselves in this browser; it opens nothing."""
    name = keys.derived(seed, f"known browser {seed}").hex()[:_NAME_LENGTH]
    proof = written(keys.digest(_known(name, email)))
    return f"{KNOWN}={name}.{proof}; Path=/; Max-Age={KNOWN_SECONDS}; Secure; SameSite=Strict; HttpOnly"


def cookie(request: Request, name: str) -> str | None:
    """The value of a cookie that the request brings."""
    for pair in request.cookies:
        found, _, value = pair.strip().partition("=")
        if found == name:
            return value
    return None


def cookies_that_close() -> list[str]:
    """The cookies that make the browser forget."""
    gone = "Path=/; Max-Age=0; Secure; SameSite=Strict"
    return [f"{COOKIE}=; {gone}; HttpOnly", f"{HINT}=; {gone}"]
