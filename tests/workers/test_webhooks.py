"""Webhooks: what happens comes to each receiver, signed, in order, and for as long as it takes."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from standardwebhooks.webhooks import WebhookVerificationError

from functions.shared import clock
from functions.shared.events import DESK, occurred
from functions.subscriptions.add_user import USER_ADDED
from functions.subscriptions.signature import SIGNATURE_CODE_SENT
from functions.subscriptions.subscription import partition
from functions.workers import owed, posting
from functions.workers.happenings import ABOUT, FACTS, PUBLISHED, TELLS, body
from functions.workers.posting import NoAnswer, post
from infra import events, webhooks
from tests import kept
from tests.desk import Desk, first_calls
from tests.receivers import Inbox, inboxes, receivers

CAMILLE = "camille.durand@example.com"
# What opens something, or names a file of ours.
SECRETS = {"code", "link", "login", "file", "seed", "token", "signature", "password"}


# Of the events that tests wait for: at midnight, and at other hours, the desk has news of its own.
ADDED = (USER_ADDED.name,)


@pytest.fixture
def crm(desk: Desk) -> Iterator[Inbox]:
    with inboxes(desk.cloud, "crm", only=ADDED) as [inbox]:
        yield inbox
        forget("crm")


def forget(*names: str) -> None:
    for name in names:
        webhooks.forget(kept.cloud(), name)


def tell(subscription: str, number: int) -> str:
    """That somebody was added to a subscription; returns the event's id."""
    email = f"user-{number}@example.com"
    data = {"email": email, "subscription": subscription, "contract_number": "G-1", "product": "P", "language": "en"}
    told = USER_ADDED.event(clock.now(), CAMILLE, data)
    kept.store().commit([told.put(partition(subscription), f"cause {number}")])
    return told.id(partition(subscription), f"cause {number}")


def command(*line: str) -> list[str]:
    """What `python -m infra.webhooks` says."""
    asked = webhooks._parser().parse_args(["--stage", "local", *line])
    made = webhooks.run(asked, kept.cloud(), boto3.client("secretsmanager"), boto3.client("dynamodb"))
    return [*made]


def states(name: str = "crm") -> list[str]:
    return [one.state for one in owed.log(kept.store(), name)]


def state(event_id: str) -> str:
    [found] = [one.state for one in owed.log(kept.store(), "crm") if one.owed.event_id == event_id]
    return found


# ---- what is told -------------------------------------------------------------------------------------------------


def test_what_happens_comes_signed_and_says_no_more_than_is_published(desk: Desk, crm: Inbox) -> None:
    camille = desk.client(CAMILLE)
    [subscription, *_] = camille.get("/api/subscriptions").json()["items"]
    users = f"/api/subscriptions/{subscription['id']}/users"
    assert camille.post(users, {"email": "new.one@example.com"}).status_code == 201
    desk.settle()

    [told] = crm.told
    stored = [item for key, item in events_of(subscription["id"]) if item["type"] == "user_added"][-1]
    assert told.is_signed_with(receivers()["crm"].secret)
    assert told.id == stored["event_id"]
    assert told.body == {
        "type": "user_added",
        "timestamp": stored["at"],
        "data": {
            "subject": {"subscription": subscription["id"]},
            "by": CAMILLE,
            "email": "new.one@example.com",
            "subscription": subscription["id"],
            "contract_number": subscription["contract_number"],
            "product": stored["data"]["product"],
        },
    }
    assert states() == ["delivered"]
    assert told.headers["content-type"] == "application/json"


def events_of(subscription: str) -> Any:
    return kept.store().query(partition(subscription), first="EVENT#", last="EVENT#~")


def test_a_receiver_gets_what_it_wants_and_nobody_what_serves_the_desk_alone(desk: Desk) -> None:
    with (
        inboxes(desk.cloud, "crm", only=("subscription_signed",)) as [picky],
        inboxes(desk.cloud, "all") as [all_of_it],
    ):
        tell("s-1", 1)
        code = SIGNATURE_CODE_SENT.event(clock.now(), CAMILLE, {"email": CAMILLE, "code": {"seed": "x"}})
        kept.store().commit([code.put(partition("s-1"), "cause")])
        desk.settle()
        assert [one.body["type"] for one in all_of_it.told] == ["user_added"]
        assert picky.told == []


def test_a_date_is_a_date_and_what_is_not_there_is_left_out() -> None:
    ended = TELLS["ended"].event(clock.now(), DESK, {"end": datetime(2026, 11, 26).date(), "other": None})
    told = body("SUBSCRIPTION#s", occurred(ended.put("SUBSCRIPTION#s", "cause").attributes))
    assert told["data"] == {"subject": {"subscription": "s"}, "by": DESK, "end": "2026-11-26"}


def test_the_catalogue_is_of_the_code_as_it_is() -> None:
    page = events.PAGE.read_text("utf-8")
    assert events.drawn_into(page, events.catalogue()) == page
    published = {fact for told in PUBLISHED.values() for fact in told.publishes or ()}
    assert published == FACTS.keys()
    assert not (published | ABOUT.keys()) & SECRETS


# ---- outages, order, other receivers ------------------------------------------------------------------------------


def test_an_hour_without_the_receiver_loses_nothing_and_keeps_ids_and_order(desk: Desk, crm: Inbox) -> None:
    crm.answers = lambda body: 503
    made = [tell(name, number) for number in range(4) for name in ("s-1", "s-2")]
    desk.settle()
    desk.advance("1h")
    assert crm.told
    assert crm.taken == []
    assert {one.id for one in crm.told} <= {made[0], made[1]}, "none of those behind"

    crm.answers = lambda body: 204
    desk.advance("6h")
    desk.settle()

    taken = [one.id for one in crm.taken]
    assert sorted(taken) == sorted(made)
    for name in (0, 1):
        assert [one for one in taken if one in made[name::2]] == made[name::2]
    assert set(states()) == {"delivered"}


def test_once_it_takes_one_it_is_told_all_the_rest_at_once(desk: Desk, crm: Inbox) -> None:
    crm.answers = lambda body: 503
    made = {tell(f"s-{number}", number) for number in range(20)}
    desk.settle()
    tried = {one.id for one in crm.told}
    crm.answers = lambda body: 204
    # None but the few that were tried has to wait for its own next try.
    desk.advance("1m")
    assert {one.id for one in crm.taken} >= made - tried
    assert len(tried) < len(made)
    desk.advance("5m")
    assert {one.id for one in crm.taken} == made


def test_what_is_not_taken_holds_up_its_own_subscription_alone(desk: Desk, crm: Inbox) -> None:
    crm.answers = lambda body: 400 if body["data"]["email"] == "user-1@example.com" else 204
    mine = [tell("s-1", number) for number in (0, 1, 2)]
    others = [tell("s-2", number) for number in (3, 4)]
    desk.settle()
    desk.advance("1m")
    desk.settle()
    assert sorted(one.id for one in crm.taken) == sorted([mine[0], *others])
    crm.answers = lambda body: 204
    desk.advance("5m")
    desk.settle()
    assert [one.id for one in crm.taken if one.id in mine] == mine


def test_a_receiver_that_is_down_holds_up_no_other(desk: Desk) -> None:
    begun, end = threading.Event(), threading.Event()

    def hang(body: Any) -> int:
        begun.set()
        end.wait(20)
        return 204

    with inboxes(desk.cloud, "slow", "crm", only=ADDED) as [slow, crm]:
        slow.answers = hang
        made = [tell("s-1", 0)]
        assert begun.wait(10)
        made.append(tell("s-1", 1))
        deadline = time.monotonic() + 10
        while len(crm.told) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [one.id for one in crm.told] == made
        assert slow.told == []
        end.set()
        desk.settle()
        assert [one.id for one in slow.taken] == made
        forget("slow", "crm")


def test_after_three_days_it_is_given_up_and_those_behind_it_come(desk: Desk, crm: Inbox, capfd: Any) -> None:
    crm.answers = lambda body: 400 if body["data"]["email"] == "user-0@example.com" else 204
    first, second = tell("s-1", 0), tell("s-1", 1)
    desk.settle()
    capfd.readouterr()
    for _ in range(16):
        desk.advance("6h")
        desk.settle()
    assert "webhook given up" in capfd.readouterr().out
    assert state(first) == "given_up"
    assert state(second) == "delivered"
    assert [one.id for one in crm.taken if one.id in (first, second)] == [second]
    given_up = [one.id for one in crm.told].count(first)
    assert 10 <= given_up <= 30

    crm.answers = lambda body: 204
    assert command("replay", "crm", "--given-up") == ["1 events are told again within a minute"]
    desk.advance("1m")
    desk.settle()
    assert [one.id for one in crm.taken if one.id in (first, second)] == [second, first]
    assert set(states()) == {"delivered"}


def test_the_pauses_grow_and_last_for_more_than_a_day() -> None:
    now = clock.now()
    one = owed.Owed("crm", "SUBSCRIPTION#s", "EVENT#x#y", "user_added", "0", now)
    pauses, tried_at = [], [now]
    while True:
        failed = [*one.failed("503", tried_at[-1])]
        if failed[1].attributes["state"] == "given_up":  # type: ignore[union-attr]
            break
        next_at = datetime.fromisoformat(failed[0].attributes["next_at"])  # type: ignore[union-attr]
        pauses.append(next_at - tried_at[-1])
        tried_at.append(next_at)
        one = owed.Owed(one.receiver, one.about, one.event, one.kind, one.place, one.since, one.tries + 1)
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert tried_at[-1] - now >= timedelta(days=1)


# ---- operators ----------------------------------------------------------------------------------------------------


def test_two_secrets_overlap_while_one_is_rotated(desk: Desk, crm: Inbox) -> None:
    former = receivers()["crm"].secret
    [said] = command("rotate", "crm")
    new = said.splitlines()[-1]
    assert (receivers()["crm"].secret, receivers()["crm"].former) == (new, former)
    with pytest.raises(webhooks.Wrong):
        command("rotate", "crm")
    anew(desk)
    tell("s-1", 0)
    desk.settle()
    assert crm.told[-1].is_signed_with(former)
    assert crm.told[-1].is_signed_with(new)

    command("rotate", "crm", "--end")
    anew(desk)
    tell("s-1", 1)
    desk.settle()
    assert crm.told[-1].is_signed_with(new)
    with pytest.raises(WebhookVerificationError):
        crm.told[-1].is_signed_with(former)


def anew(desk: Desk) -> None:
    """Five minutes later: the function reads its receivers again."""
    with first_calls(desk.cloud):
        pass


def test_the_log_says_what_became_of_each_and_any_is_told_again(desk: Desk, crm: Inbox) -> None:
    made = [tell("s-1", number) for number in range(3)]
    desk.settle()
    said = command("log", "crm")
    assert [line.split()[0] for line in said] == made
    assert all("delivered" in line and line.endswith("user_added of SUBSCRIPTION#s-1, 1 tries, 204") for line in said)
    assert command("log", "crm", "--state", "given_up") == []

    assert command("replay", "crm", made[1]) == ["1 events are told again within a minute"]
    desk.advance("1m")
    desk.settle()
    assert [one.id for one in crm.taken] == [*made, made[1]]
    with pytest.raises(webhooks.Wrong):
        command("replay", "crm")
    with pytest.raises(webhooks.Wrong):
        command("log", "nobody")


def test_what_waits_is_told_at_once_when_asked(desk: Desk, crm: Inbox) -> None:
    crm.answers = lambda body: 400
    made = tell("s-1", 0)
    desk.settle()
    desk.advance("1h")
    crm.answers = lambda body: 204
    assert command("list")[0].endswith("user_added, 1 waiting")
    assert command("replay", "crm", "--waiting") == ["1 events are told again within a minute"]
    desk.advance("1m")
    desk.settle()
    assert [one.id for one in crm.taken] == [made]


def test_what_the_stream_never_brought_is_caught_up_with_once_and_in_order(desk: Desk) -> None:
    before = clock.now()
    made = [tell("s-1", number) for number in range(3)]
    desk.settle()
    with inboxes(desk.cloud, "crm", only=ADDED) as [crm]:
        known = tell("s-2", 9)
        desk.settle()
        said = command("catch-up", "--since", before.isoformat())
        assert said == ["3 events are told within a minute"]
        assert command("catch-up", "--since", before.isoformat()) == ["0 events are told within a minute"]
        desk.advance("1m")
        desk.settle()
        assert [one.id for one in crm.taken] == [known, *made]


def test_a_receiver_is_a_safe_address_with_a_name_of_its_own(desk: Desk) -> None:
    known = receivers()
    for url in (
        *("http://crm.example.com/", "https://user@crm.example.com/", "crm.example.com", "file:///etc/passwd"),
        *("https://crm example.com/", "https://crm.example.com:99999/", "https://[::1]/", "https://crm.example.com/#a"),
    ):
        with pytest.raises(webhooks.Wrong):
            known.add("crm", url, (), anywhere=False)
    for name in ("", "CRM", "a#b"):
        with pytest.raises(webhooks.Wrong):
            known.add(name, "https://crm.example.com/", (), anywhere=False)
    with pytest.raises(webhooks.Wrong):
        known.add("crm", "https://crm.example.com/", ("no_such_event",), anywhere=False)
    assert command("list") == []
    known.add("crm", "https://crm.example.com:8443/guichet?a=%20b", (), anywhere=False)
    assert command("list") == ["crm  https://crm.example.com:8443/guichet?a=%20b  all events, 0 waiting"]
    known.remove("crm")


def test_of_what_was_erased_nothing_is_told(desk: Desk, crm: Inbox) -> None:
    crm.answers = lambda body: 400
    tell("s-1", 0)
    desk.settle()
    [(key, _)] = [(key, item) for key, item in events_of("s-1")]
    kept.store().remove(key)
    crm.answers = lambda body: 204
    desk.advance("5m")
    desk.settle()
    assert crm.taken == []
    assert states() == ["gone"]


# ---- where nothing is sent ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.1", "2130706433", "0x7f.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::ffff:10.0.0.1]"),
    ],
)
def test_nothing_is_sent_into_our_own_network(host: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        post(f"https://{host}/", b"{}", {}, anywhere=False)
    assert str(refused.value) in ("private_address", "no_such_host")


def test_a_name_must_lead_to_public_addresses_alone_and_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, connected = [], []

    def looked_up(*about: Any) -> Any:
        asked.append(about[0])
        found = [("93.184.216.34",)] if len(asked) == 1 else [("93.184.216.34",), ("10.0.0.1",)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for (address,) in found]

    def connect(address: tuple[str, int], *_: Any) -> Any:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    for cause in ("no_connection", "private_address"):
        with pytest.raises(NoAnswer) as refused:
            post("https://crm.example.com/", b"{}", {}, anywhere=False)
        assert str(refused.value) == cause
    assert connected == [("93.184.216.34", 443)]
    assert asked == ["crm.example.com"] * 2


def test_without_tls_nothing_is_sent() -> None:
    inbox = Inbox()
    with pytest.raises(NoAnswer) as refused:
        post(inbox.url, b"{}", {}, anywhere=False)
    assert (str(refused.value), inbox.told) == ("not_https", [])
    inbox.close()


def test_a_certificate_must_be_of_that_name_and_of_an_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    inbox = Inbox()
    inbox._server.socket = context.wrap_socket(inbox._server.socket, server_side=True)
    url = inbox.url.replace("http://127.0.0.1", "https://localhost")
    with pytest.raises(NoAnswer) as refused:
        post(url, b"{}", {}, anywhere=True)
    assert str(refused.value) == "bad_certificate"

    believed = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(posting, "trust", lambda: believed)
    assert post(url, b'{"a": 1}', {}, anywhere=True) == 204
    with pytest.raises(NoAnswer) as refused:
        post(url.replace("localhost", "127.0.0.1"), b"{}", {}, anywhere=True)
    assert str(refused.value) == "bad_certificate"
    inbox.close()


def self_signed(folder: Path, name: str) -> Path:
    """A certificate and its key, in one file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now().astimezone()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


def test_a_redirect_is_not_followed() -> None:
    inbox = Inbox()
    inbox.answers = lambda body: 307
    assert post(inbox.url, json.dumps({}).encode(), {}, anywhere=True) == 307
    assert len(inbox.told) == 1
    inbox.close()


@pytest.mark.parametrize("dripping", [b"", b"H", b"HTTP/1.1 200 OK\r\nA: b"])
def test_who_is_slow_is_cut_off_however_much_they_say(dripping: bytes) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(dripping[:-1])
            while not ended.wait(0.05):
                try:
                    connection.sendall(dripping[-1:])
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(NoAnswer) as refused:
        post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, anywhere=True, seconds=0.4)
    assert str(refused.value) == "timed_out"
    assert time.monotonic() - began < 5
    ended.set()
    server.close()


def test_fifteen_seconds_are_the_limit() -> None:
    assert posting.SECONDS == 15
