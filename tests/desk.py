"""The desk as the tests see it: the local cloud in this process, and people who call it over HTTP."""

import re
import secrets
import ssl
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from inspect import getclosurevars
from types import EllipsisType
from typing import Any, Self

import httpx

from functions.onboarding import staff
from functions.onboarding.factor import factor_key
from functions.shared import session
from functions.shared.items import Delete, next_version
from functions.shared.session import account_key
from functions.shared.store import Store
from infra.local.aws import Call
from infra.local.cloud import LocalCloud
from infra.local.demo import PASSWORD, STREET
from infra.local.outbox import Mail
from tests import kept

# One for all, and empty: each client would read the system's authorities anew, 25 ms each, for HTTP without TLS.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_SEASON = timedelta(days=90)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def unwrapped(mail: Mail) -> str:
    """What an e-mail's text says, however its lines are broken and quoted."""
    return re.sub(r" *\n(?:> )?", " ", mail.text)


class Client:
    """Someone who calls the desk; keeps the cookies that Python's clients would not send without TLS."""

    def __init__(self, url: str, language: str | None = None, network: str = "127.0.0.1") -> None:
        # No default headers of a browser: a test that needs Origin or Sec-Fetch-Site sends them itself.
        transport = httpx.HTTPTransport(verify=_NO_AUTHORITIES, local_address=network)
        self._http = httpx.Client(
            base_url=url, timeout=60, headers={"Accept-Language": language or ""}, transport=transport
        )
        self.cookies: dict[str, str] = {}

    def orders(self) -> list[dict[str, Any]]:
        """What they have ordered since the demo began, the newest first."""
        listed: list[dict[str, Any]] = self.get("/api/orders?limit=100").json()["items"]
        return [order for order in listed if order["billing"].get("street") != STREET]

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | EllipsisType | None = ...,
        language: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Call the API; what changes something has a new Idempotency-Key unless `key` is given, or None for none."""
        sent = dict(headers or {})
        if language is not None:
            sent["Accept-Language"] = language
        if key is not None and method not in ("GET", "HEAD"):
            sent["Idempotency-Key"] = str(uuid.uuid4()) if isinstance(key, EllipsisType) else key
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
            response = self._http.request(method, path, content=content, headers=sent)
        else:
            response = self._http.request(method, path, json=body, headers=sent)
        self._keep_cookies(response)
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """POST a JSON body."""
        return self.call("POST", path, body, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """DELETE."""
        return self.call("DELETE", path, **options)

    def sign_in(self, email: str, password: str = PASSWORD, totp: str | None = None) -> Self:
        """Open a session, with the code of a second factor if there is one; the test fails when it is refused."""
        code = {} if totp is None else {"totp": totp}
        response = self.post("/api/session", {"email": email, "password": password, **code})
        assert response.status_code == 200, response.text
        return self

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def _keep_cookies(self, response: httpx.Response) -> None:
        for header in response.headers.get_list("Set-Cookie"):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        self._http.cookies.clear()


class Desk:
    """The local cloud, started for the tests of this process."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.url = cloud.url
        self._clients: list[Client] = []

    def client(self, email: str | None = None, *, language: str | None = None, network: str = "127.0.0.1") -> Client:
        """A new caller, from a network address of the loopback; signed in when an address is given.

        Their session is written as signing in leaves it: that takes a dozen calls to AWS (`Client.sign_in` makes them).
        """
        client = Client(self.url, language, network)
        self._clients.append(client)
        if email:
            client.cookies |= self._signed_in(email)
        return client

    def _signed_in(self, email: str) -> dict[str, str]:
        """The cookies of a new session."""
        account, keys, seed = kept.item(account_key(email)), kept.cloud().keys, secrets.token_hex(16)
        token = session.token(seed, email, keys)
        by_second_factor = session.needs_second_factor(account["roles"]) and email in self.cloud.codes()
        kept.store().commit([session.opened(email, token, account.get("login"), second_factor=by_second_factor)])
        opening = session.cookies_that_open(email, token, account["account_id"])
        cookies = SimpleCookie()
        for header in (*opening, session.cookie_that_knows(seed, email, keys)):
            cookies.load(header)
        return {name: morsel.value for name, morsel in cookies.items()}

    def totp(self, email: str) -> str | None:
        """The code of a demo person's second factor, if they have one, as if none had been given before."""
        code = self.cloud.codes().get(email)
        if code:
            self._forget_codes(email)
        return code

    def _forget_codes(self, email: str) -> None:
        """Several sign in within the half a minute that a code lasts, which works once."""
        key = factor_key(email)
        [table] = self.cloud.stack.tables()
        store = Store(self.cloud.stack.client("dynamodb"), table)
        kept = store.item(key)
        if kept:
            store.commit([next_version(key, {**kept, "used": []})])

    def mails(self, to: str | None = None) -> list[Mail]:
        """The mailbox once all has settled, the newest first; of one recipient if given."""
        self.cloud.settle()
        return [mail for mail in self.cloud.mails() if to is None or mail.to == to]

    def settle(self) -> None:
        """Wait until all that was written has had its effects."""
        self.cloud.settle()

    @contextmanager
    def operations(self) -> Iterator[list[str]]:
        """The calls to AWS that are made meanwhile, in their order: the same calls take the same time."""
        self.settle()
        seen: list[str] = []
        observing = True

        def see(call: Call) -> None:
            if observing:
                seen.append(call.operation)

        self.cloud.aws.watch(see)
        yield seen
        observing = False

    def advance(self, span: str) -> None:
        """Move the business clock forward, as in "30d", "2h" or "15m"."""
        self.advance_to(self.cloud.now() + timedelta(**{_UNITS[span[-1]]: int(span[:-1])}))

    def advance_to(self, moment: datetime) -> None:
        """Move the business clock forward to that moment.

        Whoever goes further than a season leaves no member of the staff behind: they would be told of what waits in the
        demo every single morning, and take most of the time.
        """
        if moment - self.cloud.now() > _SEASON:
            store = kept.store()
            if members := [Delete(key) for key, _ in store.query(staff.PARTITION, first="!", last="~")]:
                store.commit(members)
        self.cloud.move_clock(moment)

    def reset(self) -> None:
        """The demo data as at the start, the present, an empty mailbox."""
        self.cloud.reset()

    def close(self) -> None:
        """Let the callers' connections go, and end the cloud."""
        for client in self._clients:
            client.close()
        self.cloud.stop()


@contextmanager
def first_calls(local: LocalCloud) -> Iterator[None]:
    """Meanwhile no function has been called before, and each reads its settings and its secrets anew."""
    _forget_what_was_made(local)
    try:
        yield
    finally:
        _forget_what_was_made(local)


def _forget_what_was_made(local: LocalCloud) -> None:
    """What its entry keeps of a function that was called: its clients, with all that they have read."""
    for function in local.functions.by_name.values():
        module, _, handler = function.handler.rpartition(".")
        if module in sys.modules:
            getclosurevars(getattr(sys.modules[module], handler)).nonlocals["made"].clear()
