"""Who is asking: server-side sessions, known to the browser by a cookie that names the person and proves it.

The cookie carries the address beside the token so that session, account and all that a decision needs are read in one
call. The table keeps only the token's SHA-256. Sessions run on real time: moving the business clock signs nobody out.
"""

import base64
import hashlib
import time
from typing import NamedTuple

from functions.shared.items import Item, Items, Key, Put, new, next_version
from functions.shared.keys import Keys
from functions.shared.refusal import NOT_SIGNED_IN, Refused
from functions.shared.request import Request
from functions.shared.texts import Language

COOKIE = "__Host-session"
# Tells the pages' scripts that there may be a session, so that signed-out readers cause no refused request.
HINT = "__Host-signed-in"
REGISTERING = "__Host-registering"
REGISTERING_SECONDS = 60 * 60
IDLE_SECONDS = 2 * 60 * 60
ABSOLUTE_SECONDS = 12 * 60 * 60
REFRESH_SECONDS = 5 * 60


class Claim(NamedTuple):
    """What the cookie says, not yet proven."""

    email: str
    token_sha256: str

    @property
    def session(self) -> Key:
        """Where the session is kept if the claim is true."""
        return Key(person(self.email), f"SESSION#{self.token_sha256}")

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


def person(email: str) -> str:
    """The partition of all that belongs to a person."""
    return f"USER#{email}"


def account_key(email: str) -> Key:
    """Where a person's account is kept."""
    return Key(person(email), "ACCOUNT")


def claim(request: Request) -> Claim:
    """What the request's cookie claims. Raises Refused `not_signed_in` when there is no such cookie."""
    address, _, token = (cookie(request, COOKIE) or "").partition(".")
    try:
        email = base64.urlsafe_b64decode(address + "=" * (-len(address) % 4)).decode()
    except ValueError:
        raise Refused(NOT_SIGNED_IN) from None
    if not 0 < len(email) <= 254 or not token:
        raise Refused(NOT_SIGNED_IN)
    return Claim(email, hashlib.sha256(token.encode()).hexdigest())


def reader(claimed: Claim, items: Items) -> Reader:
    """The person behind a proven claim. Raises Refused `not_signed_in` for a session that is dead or never was."""
    session, account = items.get(claimed.session), items.get(account_key(claimed.email))
    if session is None or account is None or not is_alive(session):
        raise Refused(NOT_SIGNED_IN)
    # A new password is a new login: it ends every session that the one before has opened.
    if session.get("login") != account.get("login"):
        raise Refused(NOT_SIGNED_IN)
    return Reader(
        email=claimed.email,
        account_id=account["account_id"],
        company=account["company"],
        profile=account["profile"],
        account_status=account["account_status"],
        language=account["language"],
        roles=tuple(account["roles"]),
    )


def is_alive(session: Item) -> bool:
    """Whether a session is neither idle for too long nor too old; one that was ended is no longer there."""
    return time.time() < min(int(session["idle_until"]), int(session["absolute_until"]))


def opened(email: str, token: str, login: str | None) -> Put:
    """A new session of a person who signed in with that login, kept under its token's hash."""
    now = int(time.time())
    attributes = {
        "login": login,
        "idle_until": now + IDLE_SECONDS,
        "absolute_until": now + ABSOLUTE_SECONDS,
        "expires_at": now + ABSOLUTE_SECONDS,
    }
    return new(Claim(email, hashlib.sha256(token.encode()).hexdigest()).session, attributes)


def refreshed(claimed: Claim, session: Item) -> Put | None:
    """The session with its idle time begun anew, when enough of it has gone by to be worth a write."""
    idle_until = int(time.time()) + IDLE_SECONDS
    if idle_until - session["idle_until"] < REFRESH_SECONDS:
        return None
    return next_version(claimed.session, {**session, "idle_until": idle_until})


def token(seed: str, email: str, keys: Keys) -> str:
    """The 256-bit token of a session: derived, so that a repeat gives it again and the table never holds it."""
    return _written(keys.derived(seed, f"session {email} {seed}"))


def registration_proof(login: str, keys: Keys) -> str:
    """What shows that a browser is the one that a registration was sent from."""
    return _written(keys.digest(f"registration {login}"))


def is_registration_proof(proof: str, login: str, keys: Keys) -> bool:
    """Whether it does, for that registration."""
    try:
        digest = base64.b64decode(proof + "=", altchars=b"-_", validate=True)
    except ValueError:
        return False
    return keys.vouch_for(f"registration {login}", digest)


def _written(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def cookies_that_open(email: str, session_token: str) -> list[str]:
    """The cookies of a new session."""
    address = base64.urlsafe_b64encode(email.encode()).rstrip(b"=").decode()
    attributes = f"Path=/; Max-Age={ABSOLUTE_SECONDS}; Secure; SameSite=Strict"
    return [f"{COOKIE}={address}.{session_token}; {attributes}; HttpOnly", f"{HINT}=1; {attributes}"]


def cookie_that_registers(proof: str) -> str:
    """The cookie that later shows that a registration was sent from this browser."""
    return f"{REGISTERING}={proof}; Path=/; Max-Age={REGISTERING_SECONDS}; Secure; SameSite=Strict; HttpOnly"


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
