"""What every machine begins with: some people, some contracts, and the desk that it is to break."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

from functions.contracts.document import Amendment as AmendmentFacts
from functions.contracts.document import Contract as ContractFacts
from functions.contracts.document import Evidence, OrderEvidence, evidence_from
from functions.contracts.verify import Verdict
from functions.onboarding.account import Account as KeptAccount
from functions.onboarding.account import Document, Upload, person_key, queued, taken_in
from functions.onboarding.account import deadlines as deadlines_of_account
from functions.onboarding.documents import kept_under
from functions.onboarding.papers import Profile
from functions.shared import clock
from functions.shared.items import Put
from functions.subscriptions.agreement import Agreement, sealed_key
from functions.subscriptions.renewal import deadlines
from functions.subscriptions.subscription import Subscription
from functions.workers import inspection, sealing, typesetting, uploads
from tests.crash.world import World
from tests.journeys.given import PASSWORD, Given
from tests.machine.company import Account, Company, Contract, Paper, Person
from tests.papers import PHOTO

# A Monday morning: a day on which nothing else begins or ends.
START = datetime(2027, 1, 18, 8, tzinfo=UTC)
COMPANY = "Zanzibar & Filles"
_SIGNED = b"signed long ago"
SIGNED_SHA256 = hashlib.sha256(_SIGNED).hexdigest()
_SET, _UPLOAD = "2" * 32, "3" * 32
_EVIDENCE = b"\nevidence "


@dataclass(frozen=True)
class Beginning:
    """The desk with what is written there, and how the machine's company looks then."""

    world: World
    given: Given

    def company(self) -> Company:
        """A company of its own for each machine."""
        people = [
            self._person("camille", "design_office"),
            self._person("ben", "engineer"),
            self._person("eve", "engineer"),
            self._person("sam", "student", days_ago=5),
            self._person("lea", "student", days_ago=5),
            self._person("rita", "engineer", is_staff=True),
            Person(self.given.address("cleo")),
            Person(self.given.address("dan")),
        ]
        company = Company({person.email: person for person in people})
        lea = company.people[self.given.address("lea")].account
        assert lea
        lea.papers["student_card"] = Paper("in_review", held=f"quarantine/{lea.id}/student_card/{_SET}/{_UPLOAD}")
        for name in self._contracts():
            kept = self.given.kept(name)
            users = {key.sk.removeprefix("USER#"): item["status"] for key, item in self._listed(name)}
            company.contracts[name] = Contract(
                name,
                kept.contract_number,
                kept.product,
                kept.licence,
                kept.seats,
                kept.status,
                kept.administrator,
                kept.end,
                kept.edition,
                users,
                paid=kept.paid,
                unit_price=kept.unit_price,
                read_sha256=SIGNED_SHA256 if name == "s-1" else None,
            )
        return company

    def write(self) -> None:
        """The people and the contracts, straight into the table."""
        begin(START)
        given = self.given
        camille, ben, eve, sam, lea, rita = (
            given.person("camille", password=True, company=COMPANY),
            given.person("ben", password=True, profile="engineer", company=COMPANY),
            given.person("eve", password=True, profile="engineer", language="fr"),
            given.person("sam", password=True, **_student(5)),
            given.person("lea", password=True, **_student(5)),
            given.person("rita", roles=["staff"]),
        )
        for email in (camille, ben, eve, sam, lea, rita):
            account = KeptAccount.stored(given.account(email))
            given.write(Put(person_key(account.account_id), {"email": email}))
            if email in (sam, lea):
                given.write(*deadlines_of_account(account))
        self._take_in(KeptAccount.stored(given.account(lea)))
        first = _day(40)
        given.subscription(
            camille, ben, id="s-1", contract_number="G-2026-000001", seats=3, end=first, unit_price=499_00
        )
        self._sign(given.kept("s-1"))
        given.subscription(eve, id="s-2", contract_number="G-2026-000002", seats=2, licence="floating", end=_day(200))
        given.subscription(
            camille,
            id="s-3",
            contract_number="G-2027-000003",
            product="PROFIS Rebar",
            seats=2,
            status="awaiting_terms",
            start=_day(0),
            end=_day(364),
            unit_price=349_00,
        )
        for name in ("s-1", "s-2"):
            given.write(*deadlines(given.kept(name), _day(0)))

    def _sign(self, subscription: Subscription) -> None:
        """A contract that was signed and sealed long ago."""
        facts = {"supplier": "Example SAS, Paris", "company": COMPANY, "language": "fr"}
        facts |= {"number": subscription.contract_number, "product": subscription.product}
        at = clock.rfc3339(START - timedelta(days=30))
        signature = {"account": subscription.administrator, "signed_at": at}
        sealed = {"sha256": SIGNED_SHA256, "sealed_at": at}
        self.given.write(Agreement(subscription.id, facts, SIGNED_SHA256, signature, sealed).put_new())
        files, bucket = self.given.cloud.files, self.given.cloud.settings.contracts
        files.put_object(Bucket=bucket, Key=sealed_key(subscription.id), Body=_SIGNED)

    def _take_in(self, before: KeptAccount) -> None:
        """A card that waits for the staff."""
        file = f"{kept_under(before.account_id, 'student_card', _SET)}{_UPLOAD}/{'4' * 64}"
        landed = Upload(_SET, _UPLOAD, 1, "card", len(PHOTO), None, True, file, "image/jpeg", "4" * 64)
        waiting = replace(before, documents={"student_card": Document(uploads=(landed,))})
        files, bucket = self.given.cloud.files, self.given.cloud.settings.papers
        files.put_object(Bucket=bucket, Key=file, Body=PHOTO)
        after = taken_in(waiting, "student_card", file, "image/jpeg", clock.now())
        self.given.write(after.put(), *queued(before, after))

    def _contracts(self) -> list[str]:
        return ["s-1", "s-2", "s-3"]

    def _listed(self, name: str) -> list[Any]:
        return [(key, item) for key, item in self.given.of_subscription(name).items() if key.sk.startswith("USER#")]

    def _person(self, name: str, profile: Profile, *, days_ago: int | None = None, is_staff: bool = False) -> Person:
        email = self.given.address(name)
        kept = self.given.account(email)
        is_complete = days_ago is None
        account = Account(kept["account_id"], profile, _day(-(days_ago or 20)), is_complete)
        return Person(email, PASSWORD, account, is_staff, is_signed_in=True)


def begin(at: datetime) -> None:
    """Set business time."""
    clock.travel(at - datetime.now(UTC))


@contextmanager
def beginning(world: World) -> Iterator[Beginning]:
    """The world with that company in it, and its slow crafts in the hands of quick ones."""
    with world.put_back(), _quick_crafts():
        made = Beginning(world, Given(world.cloud))
        made.write()
        yield made


def _day(days: int) -> date:
    return clock.day(START) + timedelta(days=days)


def _student(days_ago: int) -> dict[str, Any]:
    registered_at = clock.rfc3339(clock.now() - timedelta(days=days_ago))
    return {"profile": "student", "account_status": "pending", "registered_at": registered_at}


@contextmanager
def _quick_crafts() -> Iterator[None]:
    """Typesetting, sealing and the look into files take most of a machine's time, and have tests of their own.

    What is kept of the real ones: the same facts give the same file, a sealed file says what it seals and was whole.
    """

    def render(contract: ContractFacts) -> bytes:
        return repr(contract).encode()

    def words(contract: ContractFacts) -> dict[str, Any]:
        return {"title": contract.number}

    def seal(contract: ContractFacts, evidence: Evidence, read: bytes, signer: object) -> bytes:
        return read + _EVIDENCE + evidence.to_json()

    def seal_amendment(amendment: AmendmentFacts, evidence: OrderEvidence, signer: object) -> bytes:
        return repr(amendment).encode() + _EVIDENCE + evidence.to_json()

    def verify(pdf: bytes, chains: object) -> Verdict:
        return Verdict(True, True, evidence_from(pdf.partition(_EVIDENCE)[2]))

    def inspected(content: bytes, *, as_pages: bool = False) -> inspection.Rendering:
        if content.startswith(b"bad"):
            raise inspection.Rejected("damaged")
        return inspection.Rendering(content, "image/jpeg")

    with (
        mock.patch.object(typesetting, "render", render),
        mock.patch.object(typesetting, "words", words),
        mock.patch.object(sealing, "seal", seal),
        mock.patch.object(sealing, "seal_amendment", seal_amendment),
        mock.patch.object(sealing, "verify", verify),
        mock.patch.object(sealing, "chains", return_value=[("chain",)]),
        mock.patch.object(uploads, "inspected", inspected),
    ):
        yield
