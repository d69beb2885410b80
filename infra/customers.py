"""Brings existing customers and their contracts to the desk: `python -m infra.customers import FILE [--write]`.

`python -m infra.customers invite [--write]` tells each of their people, once, how to get in: who has an account without
a password to choose one, who has none to create it. `python -m infra.customers export FILE` writes down those that run,
in the same form: CSV or JSON, as the file's name ends.

An import says of each line what would come of it, and changes nothing without `--write`; with it, nothing either while
any line is wrong. What is here already is never changed, so that it may be repeated, and taken up where it was cut off.
"""

import argparse
import csv
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from io import StringIO
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field, StringConstraints

from functions.onboarding.account import Account, person_key
from functions.onboarding.invitations import accept_invitations
from functions.onboarding.papers import Profile
from functions.onboarding.reserved import is_reserved, reserved_key
from functions.shared import clock
from functions.shared.calendar import last_day_of_year_from
from functions.shared.fields import Day, DocumentLine, EmailAddress, Line, RequestModel, Siren
from functions.shared.items import UNSETTLED, Check, Item, Key, Put, Write, new
from functions.shared.refusal import Invalid
from functions.shared.session import account_key
from functions.shared.store import Conflict
from functions.shared.texts import Language, Texts
from functions.shared.validation import validated
from functions.subscriptions.catalogue import Edition, Licence, catalogue
from functions.subscriptions.consumers import consumers
from functions.subscriptions.imported import (
    Colleague,
    concluded_elsewhere,
    enlisted_all,
    imported,
    imported_id,
    welcomed,
)
from functions.subscriptions.subscription import Subscription, contract_key, same_contract
from infra import reached

if TYPE_CHECKING:
    from functions.shared.cloud import Cloud

type Fate = Literal["new", "here already", "other here", "wrong"]
type Status = Literal["active", "cancelling"]

# Users that one transaction has room for beside all else: two items each, and a look at their account.
_AT_ONCE = 30
_LEAST_DIGITS = 4
# What separates addresses in a cell.
_BETWEEN = re.compile(r"[\s,;]+")
_SEPARATORS = ",;\t"
_NUMBERS = ("seats", "unit_price")
_CHOICES = {"edition", "licence", "status", "profile", "language"}
_OF_CUSTOMER = ("company", "profile", "siren", "language")


class Contract(RequestModel):
    """A line of the file: a contract in force and its customer, by the rules of the desk's own forms.

    `unit_price` is what a seat costs a year in cents before VAT, `start` when the contract began, `end` the last day of
    its present year; `users` are those beside the administrator.
    """

    contract_number: Annotated[DocumentLine, StringConstraints(max_length=40)]
    product: Line
    edition: Edition
    licence: Licence
    seats: Annotated[int, Field(ge=1, le=999)]
    unit_price: Annotated[int, Field(ge=0, le=100_000_00)]
    status: Status
    start: Day
    end: Day
    administrator: EmailAddress
    company: DocumentLine
    profile: Profile
    siren: Siren | None = None
    language: Language
    users: list[EmailAddress] = Field(default_factory=list)


COLUMNS = tuple(Contract.model_fields)


class Unreadable(Exception):
    """The file is none that can be read at all; the argument says why."""


class Entry(NamedTuple):
    """A line of the file, as it stands there."""

    line: str
    content: Any


@dataclass(frozen=True)
class Judged:
    """What would come of a line, and what is to be said of it."""

    line: str
    number: str
    fate: Fate
    said: Sequence[str] = ()
    contract: Contract | None = None

    def __str__(self) -> str:
        said = f": {'; '.join(self.said)}" if self.said else ""
        return f"{self.line}  {self.number}  {self.fate}{said}"


@dataclass
class Kept:
    """What the table holds of contracts, users and accounts."""

    contracts: dict[str, str] = field(default_factory=dict)
    states: dict[str, Item] = field(default_factory=dict)
    users: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    accounts: dict[str, Item] = field(default_factory=dict)
    reserved: dict[Key, Item] = field(default_factory=dict)

    @classmethod
    def read(cls, dynamodb: Any, table: str) -> "Kept":
        """All of it, in one pass through the table."""
        kept = cls()
        for key, item in reached.items(dynamodb, table):
            kept.take(key, item)
        return kept

    def take(self, key: Key, item: Item) -> None:
        """One item of the table."""
        family, _, name = key.pk.partition("#")
        match family, key.sk.partition("#"):
            case "CONTRACT", _:
                self.contracts[key.pk] = item["subscription"]
            case "SUBSCRIPTION", ("STATE", _, _):
                self.states[name] = item
            case "SUBSCRIPTION", ("USER", _, email):
                self.users[name][email] = item
            case "USER", ("ACCOUNT", _, _):
                self.accounts[name] = item
            case "USER", ("RESERVED", _, _):
                self.reserved[key] = item

    @property
    def colleagues(self) -> set[str]:
        """All who are users of a subscription that somebody else administers."""
        found = ((email, self.states.get(name, {})) for name, users in self.users.items() for email in users)
        return {email for email, state in found if email != state.get("administrator")}

    def contract(self, number: str) -> Subscription | None:
        """The contract of that number, if there is one here."""
        name = self.contracts.get(contract_key(number).pk)
        return Subscription.stored(self.states[name]) if name in self.states else None

    def exported(self, stored: Subscription, today: date) -> dict[str, Any] | None:
        """A contract in the form of a file, as it stands today; None when its administrator has no account."""
        one, account = stored.on(today), self.accounts.get(stored.administrator)
        if account is None:
            return None
        return {
            "contract_number": one.contract_number,
            "product": one.product,
            "edition": one.edition.casefold(),
            "licence": one.licence,
            "seats": one.seats,
            "unit_price": one.unit_price,
            "status": one.status,
            "start": one.start.isoformat(),
            "end": one.end.isoformat(),
            "administrator": one.administrator,
            **{name: account.get(name) for name in _OF_CUSTOMER},
            "users": sorted(self.users[one.id].keys() - {one.administrator}),
        }


# ---- the file -----------------------------------------------------------------------------------------------------


def entries(name: str, content: bytes) -> list[Entry]:
    """The lines of a file. Raises Unreadable."""
    is_json = _is_json(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("the file is not UTF-8: save it as «CSV UTF-8», or as JSON") from error
    return _of_json(text) if is_json else _of_csv(text)


def _is_json(name: str) -> bool:
    """Whether a file of that name is JSON, or else CSV. Raises Unreadable."""
    ending = Path(name).suffix.casefold()
    if ending not in (".csv", ".json"):
        raise Unreadable("the file’s name ends neither in .csv nor in .json")
    return ending == ".json"


def _of_json(text: str) -> list[Entry]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"the file is no JSON: {error}") from error
    if not isinstance(found, list):
        raise Unreadable("the file holds no list of contracts")
    return [Entry(f"entry {number}", content) for number, content in enumerate(found, 1)]


def _of_csv(text: str) -> list[Entry]:
    # Spreadsheets may write down first what they separate cells with.
    says, _, rest = text.partition("\n")
    told = says.removeprefix("sep=").strip("\r") if says.startswith("sep=") else ""
    head = (rest if told else text).partition("\n")[0]
    lines = csv.reader(StringIO(text, newline=""), delimiter=told or max(_SEPARATORS, key=head.count), strict=True)
    try:
        if told:
            next(lines)
        columns = _columns(next(lines, []))
        return [_of_cells(lines.line_num, columns, cells) for cells in lines if any(map(str.strip, cells))]
    except csv.Error as error:
        raise Unreadable(f"line {lines.line_num} is no CSV: {error}") from error


def _columns(head: Sequence[str]) -> list[str]:
    """What the first line names; after the last of them there may be empty ones. Raises Unreadable."""
    columns = [column.strip().casefold() for column in head]
    while columns and not columns[-1]:
        columns.pop()
    if unknown := sorted({*columns} - {*COLUMNS}):
        raise Unreadable(f"no such column: {', '.join(map(repr, unknown))}; there are {', '.join(COLUMNS)}")
    if len(columns) != len(set(columns)):
        raise Unreadable("a column is there twice")
    if missing := [name for name, one in Contract.model_fields.items() if one.is_required() and name not in columns]:
        raise Unreadable(f"these columns are missing: {', '.join(missing)}")
    return columns


def _of_cells(line: int, columns: Sequence[str], cells: Sequence[str]) -> Entry:
    """An empty cell says nothing, digits are a number, and addresses stand one after the other."""
    trimmed = [cell.strip() for cell in cells]
    if any(trimmed[len(columns) :]):
        return Entry(f"line {line}", None)
    content: dict[str, Any] = {name: cell for name, cell in zip(columns, trimmed, strict=False) if cell}
    for name in _NUMBERS:
        if re.fullmatch("[0-9]{1,9}", content.get(name, "")):
            content[name] = int(content[name])
    for name in _CHOICES & content.keys():
        content[name] = content[name].casefold()
    if "users" in content:
        content["users"] = [address for address in _BETWEEN.split(content["users"]) if address]
    return Entry(f"line {line}", content)


def written(name: str, contracts: Iterable[Mapping[str, Any]]) -> str:
    """Contracts as a file of that name holds them. Raises Unreadable."""
    if _is_json(name):
        return json.dumps([*contracts], ensure_ascii=False, indent=1) + "\n"
    content = StringIO(newline="")
    sheet = csv.writer(content)
    sheet.writerow(COLUMNS)
    for one in contracts:
        cells = {**one, "users": " ".join(one["users"])}
        sheet.writerow([cells[name] if cells[name] is not None else "" for name in COLUMNS])
    return content.getvalue()


# ---- the judgement ------------------------------------------------------------------------------------------------


def judged(found: Iterable[Entry], kept: Kept, now: datetime) -> list[Judged]:
    """What would come of each line."""
    seen: dict[str, str] = {}
    customers: dict[str, tuple[str, tuple[Any, ...]]] = {}
    return [_judged(one, kept, seen, customers, now) for one in found]


def _judged(
    entry: Entry,
    kept: Kept,
    seen: dict[str, str],
    customers: dict[str, tuple[str, tuple[Any, ...]]],
    now: datetime,
) -> Judged:
    number = str(entry.content.get("contract_number", "")) if isinstance(entry.content, dict) else ""
    errors = Invalid()
    contract = validated(Contract, entry.content, errors) if isinstance(entry.content, dict) else None
    if contract is None:
        said = [_told(*error, entry.content) for error in errors.errors] or ["no contract, or more cells than columns"]
        return Judged(entry.line, number, "wrong", said)
    said = [*_against_others(contract, entry.line, seen, customers)]
    if said:
        return Judged(entry.line, number, "wrong", said)
    if stored := kept.contract(contract.contract_number):
        other = _differences(contract, kept.exported(stored, clock.day(now)))
        return Judged(entry.line, number, "other here" if other else "here already", other, contract)
    said = [*_against_rules(contract, clock.day(now)), *_against_accounts(contract, kept, now)]
    return Judged(entry.line, number, "wrong" if said else "new", said, contract)


def _told(name: str, code: str, facts: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """What is wrong with a column, and what stands there."""
    given: Any = content
    for part in name.split("."):
        given = given[int(part)] if isinstance(given, list) else given.get(part)
    is_other = {"not_a_choice": f"it is {facts.get('expected')}", "not_a_number": "it is a whole number"}
    if name == "unit_price":
        is_other["not_a_number"] = "it is a whole number of cents, as 24000 is 240.00 €"
    said = f"{name}: {is_other[code]}" if code in is_other else _worded(name, code, facts)
    return said if given is None else f"{said} (it says {given!r})"


def _worded(name: str, code: str, facts: Mapping[str, Any]) -> str:
    return f"{name}: {Texts('en')(f'fields.errors.{facts.get("says", code)}', **facts)}"


def _against_others(
    contract: Contract, line: str, seen: dict[str, str], customers: dict[str, tuple[str, tuple[Any, ...]]]
) -> Iterator[str]:
    """What is wrong beside the lines before."""
    same = same_contract(contract.contract_number)
    if same in seen:
        yield f"contract_number: it stands in {seen[same]} already"
    seen.setdefault(same, line)
    of_customer = tuple(getattr(contract, name) for name in _OF_CUSTOMER)
    first, known = customers.setdefault(contract.administrator, (line, of_customer))
    for name, mine, theirs in zip(_OF_CUSTOMER, of_customer, known, strict=True):
        if mine != theirs:
            yield f"{name}: {first} says {theirs!r} of the same administrator"


def _differences(contract: Contract, here: Mapping[str, Any] | None) -> list[str]:
    """In what a contract that is here is other than the line says."""
    if here is None:
        return ["its administrator has no account"]
    given = json.loads(contract.model_dump_json()) | {"users": sorted(set(contract.users))}
    given["contract_number"] = here["contract_number"]
    if given["product"].casefold() == str(here["product"]).casefold():
        given["product"] = here["product"]
    return [f"{name} is {here[name]!r} here" for name in COLUMNS if given[name] != here[name]]


def _against_rules(contract: Contract, today: date) -> Iterator[str]:
    """What the desk does not sell, or could not go on with."""
    product = catalogue().find(contract.product)
    if product is None or product.family != "software":
        yield _worded("product", "unknown_product", {})
    else:
        if contract.edition not in product.editions:
            yield f"edition: {product.product} has {', '.join(product.editions)}"
        if contract.licence not in product.licences:
            yield f"licence: {product.product} has {', '.join(product.licences)}"
    if len(same_contract(contract.contract_number)) < _LEAST_DIGITS:
        yield "contract_number: it has too few letters and digits to be told from others"
    if contract.start > today:
        yield "start: the contract has not begun"
    if not today <= contract.end <= last_day_of_year_from(today) or contract.end < contract.start:
        yield "end: it is the last day of the contract’s present year: today or later, and within a year"
    until = consumers().may_withdraw_until(contract.profile, contract.start)
    if until and today.isoformat() <= until:
        yield f"start: a consumer may withdraw from it until {until}: import it afterwards"
    if contract.administrator in contract.users or len(set(contract.users)) < len(contract.users):
        yield "users: somebody is there twice; the administrator is one of them anyway"
    if contract.licence == "individual" and len(contract.users) >= contract.seats:
        yield f"users: with the administrator they need {len(contract.users) + 1} seats"


def _against_accounts(contract: Contract, kept: Kept, now: datetime) -> Iterator[str]:
    """What keeps the administrator, or a user, from being found by their address."""
    account = kept.accounts.get(contract.administrator)
    if account and Account.stored(account).on(clock.day(now)).account_status == "expired":
        yield "administrator: their account has expired, and must be registered anew first"
    for name, emails in (("administrator", [contract.administrator]), ("users", contract.users)):
        for email in emails:
            if UNSETTLED in kept.accounts.get(email, {}):
                yield f"{name}: the account of {email} is being changed: try again in a minute"
            if email not in kept.accounts and is_reserved(kept.reserved, email, now):
                until = kept.reserved[reserved_key(email)]["reserved_until"]
                yield f"{name}: {email} is kept for whoever had it, until {until}"


# ---- what is written ----------------------------------------------------------------------------------------------


def bring(cloud: "Cloud", kept: Kept, contract: Contract, now: datetime) -> None:
    """Take a contract over: all of it is there with the last transaction, or none of it is.

    Raises Conflict when somebody has changed an account, or made the contract, since the table was read.
    """
    subscription = _subscription(contract, cloud.settings.supplier)
    colleagues = [Colleague(email, email in kept.accounts) for email in contract.users]
    *before, last = [*batched(colleagues, _AT_ONCE, strict=False)] or [()]
    for some in before:
        # What belongs to no subscription yet is shown nowhere: a repeat writes the same once more.
        puts = [Put(put.key, put.attributes) for put in enlisted_all(subscription, some, now)]
        cloud.store.commit([*puts, *_as_read(kept, some)])
    customer = [*_customer(contract, kept, now)]
    cloud.store.commit(
        [*customer, *imported(subscription, now), *enlisted_all(subscription, last, now), *_as_read(kept, last)]
    )
    for write in customer:
        if isinstance(write, Put):
            kept.take(write.key, write.attributes)


def _as_read(kept: Kept, colleagues: Iterable[Colleague]) -> Iterator[Check]:
    for one in colleagues:
        yield Check(account_key(one.email), kept.accounts.get(one.email))


def _customer(contract: Contract, kept: Kept, now: datetime) -> Iterator[Write]:
    """The administrator's account: the one that there is, or one whose password they set by «forgotten password».

    Its papers were seen when the contract was concluded.
    """
    email = contract.administrator
    if known := kept.accounts.get(email):
        yield Check(account_key(email), known)
        return
    account = Account(
        account_id=_account_id(email),
        email=email,
        company=contract.company,
        profile=contract.profile,
        language=contract.language,
        account_status="complete",
        registered_at=clock.rfc3339(now),
        siren=contract.siren,
    )
    yield new(account_key(email), account.attributes())
    yield new(person_key(account.account_id), {"email": email})


def _account_id(email: str) -> str:
    """The id of an account that an import makes."""
    return f"A-{sha256(f'imported {email}'.encode()).hexdigest()[:16]}"


def _subscription(contract: Contract, supplier: str) -> Subscription:
    return Subscription(
        id=imported_id(contract.contract_number),
        contract_number=contract.contract_number,
        product=catalogue()[contract.product].product,
        edition=contract.edition,
        licence=contract.licence,
        seats=contract.seats,
        users=1 + len(contract.users),
        status=contract.status,
        administrator=contract.administrator,
        start=contract.start,
        end=contract.end,
        unit_price=contract.unit_price,
        concluded_elsewhere=concluded_elsewhere(supplier, contract.company, contract.language),
    )


def _bring_all(cloud: "Cloud", kept: Kept, lines: Sequence[Judged], say: Callable[[str], object]) -> int:
    """Take over what is new; says how many somebody else was first with."""
    overtaken = 0
    contracts = [(one, one.contract) for one in lines if one.contract]
    for one, contract in contracts:
        if one.fate == "new":
            try:
                bring(cloud, kept, contract, clock.now())
            except Conflict:
                overtaken += 1
                say(f"{one.line}  {one.number}  was changed by somebody meanwhile: import the file again")
    # Whoever was listed as a user before their own contract gave them an account, in a run that was cut short too.
    listed = {email for _, contract in contracts for email in contract.users} | kept.colleagues
    for email in sorted(listed & kept.accounts.keys() & {contract.administrator for _, contract in contracts}):
        accept_invitations(cloud.store, email)
    return overtaken


def import_file(
    cloud: "Cloud", dynamodb: Any, name: str, content: bytes, say: Callable[[str], object], *, write: bool
) -> bool:
    """Judge a file and, if asked to and nothing in it is wrong, take its contracts over; whether all is well, then.

    Raises Unreadable before anything is said.
    """
    found = entries(name, content)
    kept = Kept.read(dynamodb, cloud.settings.table)
    lines = judged(found, kept, clock.now())
    for one in lines:
        say(str(one))
    is_right = all(one.fate != "wrong" for one in lines)
    overtaken = _bring_all(cloud, kept, lines, say) if write and is_right else 0
    fates = Counter(one.fate for one in lines)
    counted = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items())) or "no contract"
    done = "written" if write and is_right else "nothing was written" + ("" if write else "; --write does")
    say(f"{counted}: {done}")
    return is_right and not overtaken


def to_be_invited(kept: Kept, today: date) -> dict[str, Subscription]:
    """Who cannot get in yet and was never told how, each by one of the contracts that were taken over."""
    invited = {email for users in kept.users.values() for email, user in users.items() if user.get("invited_at")}
    found: dict[str, Subscription] = {}
    for item in kept.states.values():
        one = Subscription.stored(item).on(today)
        if one.concluded_elsewhere and one.status in ("active", "cancelling"):
            strangers = [email for email in kept.users[one.id] if _cannot_get_in(kept.accounts.get(email), email)]
            found |= {email: one for email in strangers if email not in invited and email not in found}
    return dict(sorted(found.items()))


def _cannot_get_in(account: Item | None, email: str) -> bool:
    """Whether there is no account, or one of an import without a password."""
    return account is None or (account["account_id"] == _account_id(email) and not account.get("login"))


def invite(cloud: "Cloud", dynamodb: Any, say: Callable[[str], object], *, write: bool) -> bool:
    """Tell each person of the contracts that were taken over how to get in; whether all were, who are to be.

    Once each: as their subscription lists them, they have their invitation then.
    """
    kept, now, overtaken = Kept.read(dynamodb, cloud.settings.table), clock.now(), 0
    people = to_be_invited(kept, clock.day(now))
    for email, one in people.items():
        what = "to choose a password" if email in kept.accounts else "to create an account"
        say(f"{email}  {one.contract_number}  {what}")
        if write:
            try:
                cloud.store.commit([*welcomed(one, email, kept.users[one.id][email], now)])
            except Conflict:
                overtaken += 1
                say(f"{email}  was changed by somebody meanwhile: invite again")
    done = f"{len(people) - overtaken} e-mails are on their way" if write else "nothing was sent; --write does"
    say(f"{len(people)} to be invited: {done}")
    return not overtaken


def export_file(cloud: "Cloud", dynamodb: Any, name: str, say: Callable[[str], object]) -> str:
    """The contracts that run, as a file of that name holds them; what else there is, is said."""
    kept, today = Kept.read(dynamodb, cloud.settings.table), clock.day(clock.now())
    running: list[dict[str, Any]] = []
    left_out: Counter[str] = Counter()
    for item in kept.states.values():
        stored = Subscription.stored(item)
        status, told = stored.on(today).status, kept.exported(stored, today)
        if status not in ("active", "cancelling"):
            left_out[f"{status}"] += 1
        elif told is None:
            left_out["whose administrator has no account"] += 1
        else:
            running.append(told)
    for why, count in sorted(left_out.items()):
        say(f"left out: {count} {why}")
    say(f"{len(running)} contracts")
    return written(name, sorted(running, key=lambda one: str(one["contract_number"])))


def main() -> int:
    """Import or export; 1 when something is wrong with a line, 2 with the file."""
    import boto3

    parser = argparse.ArgumentParser(prog="python -m infra.customers")
    actions = parser.add_subparsers(dest="what", required=True)
    for name, help_ in (("import", "take contracts over"), ("export", "write down those that run")):
        actions.add_parser(name, help=help_).add_argument("file", type=Path)
    actions.add_parser("invite", help="tell each person of those taken over, once, how to get in")
    for name in ("import", "invite"):
        actions.choices[name].add_argument(
            "--write", action="store_true", help="do it; without, only say what would be"
        )
    for action in actions.choices.values():
        reached.add_stage(action)
    asked = parser.parse_args()

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")

    try:
        cloud = reached.cloud(asked.stage)
        dynamodb = boto3.client("dynamodb")
        if asked.what == "invite":
            return 0 if invite(cloud, dynamodb, say, write=asked.write) else 1
        if asked.what == "export":
            asked.file.write_text(export_file(cloud, dynamodb, asked.file.name, say), "utf-8", newline="")
            return 0
        return (
            0 if import_file(cloud, dynamodb, asked.file.name, asked.file.read_bytes(), say, write=asked.write) else 1
        )
    except reached.NoDesk as none:
        sys.stderr.write(f"{none}\n")
    except Unreadable as error:
        sys.stderr.write(f"{asked.file}: {error}\n")
    except OSError as error:
        sys.stderr.write(f"{asked.file}: {error.strerror}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
