"""What must never be: the desk compared with the model, and with the rules that no step may break."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from dateutil.relativedelta import relativedelta

from functions.onboarding.account import worded
from functions.onboarding.papers import Kind
from functions.shared import clock, links, one_time_codes
from functions.shared.events import PREFIX, Event, occurred
from functions.shared.items import Items, Key
from functions.shared.session import account_key
from functions.shared.texts import Texts, language_for
from functions.subscriptions import amendment
from functions.subscriptions.agreement import Agreement, agreement_key, read_key, sealed_key
from functions.subscriptions.amendment import Amendment, amendment_key
from functions.subscriptions.invoice import TELLS as BILLED
from functions.subscriptions.invoice import Invoice, file_key, number_of
from functions.subscriptions.leases import Seats
from functions.subscriptions.subscription import Subscription
from functions.workers.happenings import TELLS
from functions.workers.mail import compose
from tests.crash.invariants import broken
from tests.crash.world import Mail
from tests.machine.beginning import Beginning
from tests.machine.company import Account, Company, Contract

# What the clock, the workers and looks bring about, each counted by a rule of its own or by none.
_COUNTED_ELSEWHERE = frozenset(
    {
        "paper_viewed", "sealing_overdue", "papers_missing", "papers_missing_today", "account_expired",
        "papers_destroyed", "nothing_destroyed", "renewal_noticed", "renewed", "ended", "trial_ending", "trial_ended",
        "password_of_nobody", "files_wait", "files_end", "takeover_reminded", "takeover_lapsed", "invoice_issued",
        "credit_note_issued",
    }
)  # fmt: skip
_CODE = re.compile(r"\d{6}")
_NOT_IN_A_WORD = r"(?<![\w.:-]){}(?![\w.:-])"


class Watcher:
    """Looks at everything after each step; `mails` are those that have arrived, the oldest first."""

    def __init__(self, beginning: Beginning, company: Company) -> None:
        self._world, self._given = beginning.world, beginning.given
        self._company = company
        self._log = io.StringIO()
        self._secrets: dict[str, re.Pattern[str]] = {}
        self._mailed: set[str] = set()
        self._expired: set[str] = set()
        self._due: Counter[tuple[str, str]] = Counter()
        self.mails: list[Mail] = []
        self.to_be_sealed: list[Contract] = []
        self.amended: list[tuple[Contract, str]] = []
        self.taken_in: list[tuple[Account, Kind, str, bool, Any]] = []

    def hide(self, *secrets: str) -> None:
        """What is in no line of the log from now on."""
        for secret in secrets:
            pattern = _NOT_IN_A_WORD.format(secret) if _CODE.fullmatch(secret) else re.escape(secret)
            self._secrets[secret] = re.compile(pattern)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """What is logged meanwhile is looked through at the next look."""
        with redirect_stdout(self._log):
            yield

    def look(self, *, settled: bool) -> None:
        """After a step; `settled` when nothing is left to be worked on."""
        items = self._world.items()
        assert broken(items) == []
        self._kept_as_acknowledged(items)
        self._happened_once(items)
        self._nothing_said_in_the_log()
        if settled:
            self._no_paper_too_long()
            self._billed_once(items)

    def settled(self) -> None:
        """The workers are done: their e-mails are there, their files too."""
        items = self._world.items()
        for contract in self.to_be_sealed:
            self._sealed(contract, items)
        self.to_be_sealed.clear()
        for contract, number in self.amended:
            assert Amendment.stored(items[amendment_key(contract.id, number)]).state == "sealed"
            assert amendment.sealed_key(contract.id, number) in self._world.objects()
            self._company.tell("amendment_sealed", contract)
        self.amended.clear()
        self._mails_arrived(items)
        assert not self._world.dead_letters

    def look_for_secrets(self) -> None:
        """In the table, which holds people's names, but neither their passwords nor what opens a door."""
        kept = repr(self._world.items())
        doors = [secret for secret in self._secrets if "@" not in secret and not _CODE.fullmatch(secret)]
        assert [secret for secret in doors if " " not in secret and len(secret) > 30 and secret in kept] == []
        assert [secret for secret in doors if re.match(r"correct|seven|eleven|nine", secret) and secret in kept] == []

    # The model's word against the table's.

    def _kept_as_acknowledged(self, items: Items) -> None:
        today = clock.day(clock.now())
        kept = {key.pk: item for key, item in items.items() if key.sk == "STATE"}
        assert kept.keys() == {f"SUBSCRIPTION#{name}" for name in self._company.contracts}
        for contract in self._company.contracts.values():
            is_, must = Subscription.stored(kept[f"SUBSCRIPTION#{contract.id}"]).on(today), contract.on(today)
            assert (is_.status, is_.end, is_.administrator) == (must.status, must.end, must.administrator)
            assert (is_.seats, is_.seats_next, is_.amended, is_.licence, is_.edition.casefold()) == (
                must.seats,
                must.seats_next,
                must.amended,
                must.licence,
                must.edition.casefold(),
            )
            listed = {
                key.sk.removeprefix("USER#"): item["status"]
                for key, item in items.items()
                if key.pk == f"SUBSCRIPTION#{contract.id}" and key.sk.startswith("USER#")
            }
            assert listed == contract.users
            seats = Seats.read(Subscription.stored(kept[f"SUBSCRIPTION#{contract.id}"]), items, clock.now())
            assert {one.id for one in seats.holders} == {one.id for one in contract.held(clock.now(), today)}
            if must.status != "withdrawn":
                assert (is_.cancellation is not None) == (must.status in ("cancelling", "ended"))
            assert (is_.withdrawal is not None) == (must.status == "withdrawn")
            assert must.status != "withdrawn" or must.concluded
            assert is_.paid == must.paid
            changes = [
                item["change"] for key, item in items.items() if key.sk.startswith("ORDER#") and "change" in item
            ]
            ordered = [change for change in changes if change["subscription"] == contract.id]
            assert sum(change["amount"] for change in ordered) == contract.added_for
            assert len(ordered) == contract.amended
        placed = Counter(key.pk.removeprefix("ORDERS#") for key in items if key.sk.startswith("ORDER#"))
        assert placed == Counter({email: len(made) for email, made in self._company.orders.items()})

    def _happened_once(self, items: Items) -> None:
        """Each acknowledged change has its event, once; there is none that nobody asked for."""
        known = {f"ACCOUNT#{one.account.id}" for one in self._company.people.values() if one.account}
        happened = Counter(
            (key.pk, item["type"])
            for key, item in items.items()
            if key.sk.startswith(PREFIX)
            and item["type"] not in _COUNTED_ELSEWHERE
            and (not key.pk.startswith("ACCOUNT#") or key.pk in known)
        )
        must = Counter({what: n for what, n in self._company.happened.items() if self._is_of_now(what[0], known)})
        assert happened == must

    def _is_of_now(self, where: str, known: set[str]) -> bool:
        return not where.startswith("ACCOUNT#") or where in known

    def _nothing_said_in_the_log(self) -> None:
        said = self._log.getvalue()
        self._log.seek(0)
        self._log.truncate()
        for secret, pattern in self._secrets.items():
            assert not pattern.search(said), f"the log says {secret}:\n{said}"

    # What workers have done.

    def _mails_arrived(self, items: Items) -> None:
        """Each event's e-mails are there, word for word; there are no others, though one may have come twice."""
        mails = self._world.mails()[::-1]
        new, self.mails = mails[len(self.mails) :], mails
        due: set[Mail] = set()
        for key, item in items.items():
            if key.sk.startswith(PREFIX) and item["event_id"] not in self._mailed:
                self._mailed.add(item["event_id"])
                due.update(self._called_for(occurred(item), items))
        assert set(new) == due

    def _called_for(self, event: Event, items: Items) -> Iterator[Mail]:
        for called_for in TELLS[event.type].mails if event.type in TELLS else ():
            if not (to := called_for.recipient(event, self._given.cloud.settings.accounts)):
                continue
            account = items.get(account_key(to), {})
            texts = Texts(language_for("", account.get("language", event.data.get("language"))))
            facts, keys = worded(event.facts, texts), self._given.cloud.keys
            if "code" in facts:
                facts["long_code"] = one_time_codes.long_one(facts["code"], keys)
                facts["code"] = one_time_codes.disclosed(facts["code"], keys)
            if "link" in facts:
                facts["token"] = links.token(facts["link"], keys)
            facts["address"] = quote(to, safe="@")
            name = called_for.texts if account else called_for.without_account or called_for.texts
            mail = compose(name, texts, facts, self._given.cloud.settings)
            yield to, mail.subject, mail.text

    def _sealed(self, contract: Contract, items: Items) -> None:
        """The very document that was read, with the signature that was given."""
        agreement = Agreement.stored(items[agreement_key(contract.id)])
        assert agreement.read_sha256 == contract.read_sha256
        assert agreement.signature
        assert agreement.signature["read_sha256"] == contract.read_sha256
        assert agreement.state == "sealed"
        objects = self._world.objects()
        assert read_key(agreement.read_sha256) in objects
        assert sealed_key(contract.id) in objects
        self._company.tell("contract_sealed", contract)

    def _no_paper_too_long(self) -> None:
        """Of papers there is what waits for a decision, and nothing else."""
        held = [name for name in self._world.objects() if name.startswith(("papers/", "quarantine/"))]
        waiting = {
            f"papers/{paper.held.removeprefix('quarantine/')}/"
            for person in self._company.people.values()
            if person.account
            for paper in person.account.papers.values()
            if paper.held
        }
        assert {name.rpartition("/")[0] + "/" for name in held} == waiting

    def _billed_once(self, items: Items) -> None:
        """What is to pay, and each year of a renewal; all of it is credited to who withdrew. No number is missing."""
        kept = [Invoice.stored(item) for key, item in items.items() if key.sk == "INVOICE"]
        years = Counter(one.number[: len("F-2027")] for one in kept)
        numbers = {number_of(int(year[2:]), count + 1) for year, n in years.items() for count in range(n)}
        assert {one.number for one in kept} == numbers
        happened = [occurred(item) for key, item in items.items() if key.sk.startswith(PREFIX)]
        told = {one.name for one in BILLED}
        assert sorted(one.data["number"] for one in happened if one.type in told) == sorted(numbers)
        assert {file_key(number) for number in numbers} <= set(self._world.objects())
        lines = [(one, line) for one in kept for line in one.lines]
        billed, credited = Counter[str](), Counter[str]()
        for one, line in lines:
            if not one.contract:
                (billed if one.kind == "invoice" else credited)[line.subscription or ""] += line.paid
        contracts = self._company.contracts.values()
        assert billed == Counter({one.id: one.paid for one in contracts})
        assert credited == Counter({one.id: one.paid for one in contracts if one.status == "withdrawn"})
        renewed = [one.data for one in happened if one.type == "renewed"]
        assert Counter((line.subscription, line.begins, line.amount) for one, line in lines if one.contract) == Counter(
            (said["subscription"], said["begins"].isoformat(), said["seats"] * said["unit_price"])
            for said in renewed
            if self._company.contracts[said["subscription"]].unit_price
        )

    # The daily run.

    def before_the_daily_run(self) -> None:
        """Note what it has to do."""
        items, today = self._world.items(), clock.day(clock.now())
        self._due = self._counted(items)
        for key, item in items.items():
            if key.sk != "STATE":
                continue
            kept = Subscription.stored(item)
            if today > kept.end and (told := _told_at_the_end(kept.status)):
                self._due[key.pk, told] += 1
        self._roles_return(today)
        for person in self._company.people.values():
            account = person.account
            if account and account.status(today) == "expired" and account.id not in self._expired:
                self._expired.add(account.id)
                had_some = any(paper.held for paper in account.papers.values())
                self._due[f"ACCOUNT#{account.id}", "account_expired"] += 1
                self._due[f"ACCOUNT#{account.id}", "papers_destroyed" if had_some else "nothing_destroyed"] += 1
                for paper in account.papers.values():
                    if paper.status not in ("accepted", "refused"):
                        paper.status = "missing"
                    paper.held = paper.awaited = None

    def _roles_return(self, today: date) -> None:
        """To who passed them on to somebody without an account, a week ago or more."""
        for contract in self._company.contracts.values():
            if contract.unclaimed is None or today < contract.unclaimed[1]:
                continue
            (former, _), email = contract.unclaimed, contract.administrator
            contract.unclaimed = None
            if contract.users[email] == "active" or self._company.people[former].account is None:
                continue
            if contract.is_full:
                contract.gone(email)
            contract.users[former], contract.administrator = "active", former
            self._company.tell("role_returned", contract)
            self._company.passed_on(contract)

    def after_the_daily_run(self) -> None:
        """It has done that, once."""
        items, today = self._world.items(), clock.day(clock.now())
        assert self._counted(items) == self._due
        assert [key.sk for key in items if key.pk == "DUE" and key.sk < f"{today + timedelta(days=1)}"] == []
        for contract in self._company.contracts.values():
            kept = Subscription.stored(items[Key(f"SUBSCRIPTION#{contract.id}", "STATE")])
            assert (kept.status, kept.end) == (contract.on(today).status, contract.on(today).end)
            if contract.why_not_use(today):
                contract.takeover = None
            asked = kept.takeover and kept.takeover["id"]
            assert asked == (contract.takeover and contract.takeover.id)
            self._noticed(kept, items, today)

    def _noticed(self, kept: Subscription, items: Items, today: date) -> None:
        """At most once for each renewal; by now, where it may go out today."""
        noticed = Counter(
            str(occurred(item).data["end"])
            for key, item in items.items()
            if key.pk == f"SUBSCRIPTION#{kept.id}" and key.sk.startswith(PREFIX) and item["type"] == "renewal_noticed"
        )
        assert all(times == 1 for times in noticed.values())
        renewal = kept.end + timedelta(days=1)
        earliest, latest = renewal - relativedelta(months=3), renewal - relativedelta(months=1)
        # A month may lack the day, and the law takes the next one or the last.
        if kept.status == "active" and earliest + timedelta(days=1) <= today <= latest:
            assert noticed[str(kept.end)] == 1

    def _counted(self, items: Items) -> Counter[tuple[str, str]]:
        told = ("ended", "renewed", "trial_ended", "account_expired", "papers_destroyed", "nothing_destroyed")
        return Counter(
            (key.pk, item["type"]) for key, item in items.items() if key.sk.startswith(PREFIX) and item["type"] in told
        )


def _told_at_the_end(status: str) -> str | None:
    return {"cancelling": "ended", "active": "renewed", "trial": "trial_ended"}.get(status)
