"""Who is told what happens, and what became of it: `python -m infra.webhooks list|add|remove|rotate|log|replay|…`.

Receivers and their secrets are kept in Secrets Manager; what each is owed, and the log of it, in the table. What is
told again is told by the function, within a minute: this only writes down that it is owed.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.shared import clock
from functions.shared.events import PREFIX
from functions.shared.items import Delete
from functions.workers import owed
from functions.workers.happenings import PUBLISHED
from functions.workers.owed import Logged, Owed
from functions.workers.receivers import Receiver, new_secret
from infra import reached

if TYPE_CHECKING:
    from functions.shared.cloud import Cloud

# What a name may be made of, since it stands in keys and logs.
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
# Neither a user's name nor what no server is sent (a fragment), nor IPv6, which is not connected to.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::(?P<port>\d{1,5}))?(/[!-\"$-~]*)?")
_LAST_PORT = 65535


class Wrong(Exception):
    """What was asked cannot be done; the argument says why."""


class Receivers:
    """Those that the secret holds; each change is kept at once."""

    def __init__(self, secrets: Any, arn: str) -> None:
        self._secrets = secrets
        self._arn = arn
        self.by_name = {one.name: one for one in Receiver.all_of(self._read())}

    def add(self, name: str, url: str, only: tuple[str, ...], *, anywhere: bool) -> Receiver:
        """One more, with a secret of its own. Raises Wrong."""
        if name in self.by_name or not name or not _NAME.issuperset(name):
            raise Wrong(f"{name!r} is taken, or not of small letters, digits and hyphens")
        found = _ADDRESS.fullmatch(url)
        if not found or int(found["port"] or 0) > _LAST_PORT or (url.startswith("http:") and not anywhere):
            raise Wrong(f"{url} is no https address as https://crm.example.com/guichet is")
        if unknown := sorted(set(only) - PUBLISHED.keys()):
            raise Wrong(f"there is no event {', '.join(unknown)}: infra/WEBHOOKS.md lists them")
        return self._keep(Receiver(name, url, new_secret(), only=only))

    def rotate(self, name: str) -> Receiver:
        """A new secret, beside the former one until that is forgotten. Raises Wrong while one is being rotated."""
        receiver = self[name]
        if receiver.former:
            raise Wrong(f"{name} still has a former secret: end that rotation first")
        return self._keep(receiver._replace(secret=new_secret(), former=receiver.secret))

    def end_rotation(self, name: str) -> Receiver:
        """Only the new secret from now on. Raises Wrong."""
        return self._keep(self[name]._replace(former=""))

    def remove(self, name: str) -> None:
        """One less. Raises Wrong."""
        del self.by_name[self[name].name]
        self._write()

    def __getitem__(self, name: str) -> Receiver:
        """Raises Wrong for one that there is not."""
        if name not in self.by_name:
            raise Wrong(f"there is no receiver {name}: {', '.join(sorted(self.by_name)) or 'there is none yet'}")
        return self.by_name[name]

    def _keep(self, receiver: Receiver) -> Receiver:
        self.by_name[receiver.name] = receiver
        self._write()
        return receiver

    def _read(self) -> Any:
        return json.loads(self._secrets.get_secret_value(SecretId=self._arn)["SecretString"])

    def _write(self) -> None:
        kept = {"receivers": {name: one.kept() for name, one in self.by_name.items()}}
        self._secrets.put_secret_value(SecretId=self._arn, SecretString=json.dumps(kept))


def replay(cloud: "Cloud", receiver: str, chosen: Callable[[Logged], bool], now: datetime) -> int:
    """Owe a receiver once more what is chosen of its log, at the old places; says how much that is."""
    again = [one for one in owed.log(cloud.store, receiver) if chosen(one)]
    for one in again:
        cloud.store.commit([*one.again(now)])
    return len(again)


def forget(cloud: "Cloud", receiver: str) -> int:
    """Owe a receiver nothing any more; says how much that was."""
    count = 0
    while waiting := owed.waiting(cloud.store, receiver):
        for one in waiting:
            cloud.store.commit([Delete(one.key)])
        count += len(waiting)
    return count


def catch_up(cloud: "Cloud", dynamodb: Any, receivers: Receivers, since: datetime, now: datetime) -> int:
    """Owe what the stream never brought of all that has happened since then; says how much that is.

    The whole table is read. What the log of a receiver knows is owed to it by that already.
    """
    events = sorted(_events(dynamodb, cloud.settings.table, since), key=lambda event: (event["PK"], event["SK"]))
    return sum(
        owed.owe(cloud.store, Owed.of(receiver.name, event, "", now), now)
        for receiver in receivers.by_name.values()
        for event in events
        if receiver.wants(event["type"])
    )


def _events(dynamodb: Any, table: str, since: datetime) -> Iterator[Mapping[str, Any]]:
    first = f"{PREFIX}{clock.rfc3339(since)}"
    for key, item in reached.items(dynamodb, table):
        if key.sk >= first and key.sk.startswith(PREFIX) and item["type"] in PUBLISHED:
            yield {**item, "PK": key.pk, "SK": key.sk}


def line(one: Logged) -> str:
    """What the log says of one event."""
    tries = f"{one.tries} tries" + (f", {one.answer}" if one.answer else "")
    return f"{one.owed.event_id}  {one.at}  {one.state:9}  {one.owed.kind} of {one.owed.about}, {tries}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.webhooks")
    reached.add_stage(parser)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="who is told, and how much waits for each")
    add = _of_one(actions.add_parser("add", help="tell one more, whose secret is printed"))
    add.add_argument("url")
    add.add_argument("--only", nargs="+", default=(), metavar="EVENT", help="of these alone, not of all")
    _of_one(actions.add_parser("remove", help="tell one no more"))
    rotate = _of_one(actions.add_parser("rotate", help="make a new secret, which signs beside the former one"))
    rotate.add_argument("--end", action="store_true", help="forget the former one")
    log = _of_one(actions.add_parser("log", help="what became of each event"))
    log.add_argument("--state", choices=("waiting", "delivered", "given_up", "gone"))
    log.add_argument("--since", type=_moment)
    again = _of_one(actions.add_parser("replay", help="tell once more"))
    again.add_argument("ids", nargs="*", metavar="ID")
    again.add_argument("--given-up", action="store_true", help="what was given up")
    again.add_argument("--waiting", action="store_true", help="what waits for its next try: at once")
    again.add_argument("--since", type=_moment, help="all that has happened since then")
    catch = actions.add_parser("catch-up", help="tell what the stream never brought")
    catch.add_argument("--since", type=_moment, required=True)
    return parser


def _of_one(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("receiver")
    return parser


def _moment(text: str) -> datetime:
    """A moment with its zone, or in UTC. Raises ArgumentTypeError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment as 2026-11-26T09:00:00Z is") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _chosen(asked: argparse.Namespace) -> Callable[[Logged], bool]:
    """What is to be told once more. Raises Wrong when nothing says so."""
    if not (asked.ids or asked.given_up or asked.waiting or asked.since):
        raise Wrong("say which: ids, --given-up, --waiting or --since")
    states = {state for state, wanted in (("given_up", asked.given_up), ("waiting", asked.waiting)) if wanted}
    since = clock.rfc3339(asked.since) if asked.since else "~"
    return lambda one: one.owed.event_id in asked.ids or one.state in states or one.at >= since


def run(asked: argparse.Namespace, cloud: "Cloud", secrets: Any, dynamodb: Any) -> Iterator[str]:
    """What a command says that has done what was asked. Raises Wrong."""
    receivers, now = Receivers(secrets, cloud.settings.webhooks), clock.now()
    match asked.action:
        case "list":
            for one in receivers.by_name.values():
                waits = f"{len(owed.waiting(cloud.store, one.name))} waiting"
                turning = ", being rotated" if one.former else ""
                yield f"{one.name}  {one.url}  {', '.join(one.only) or 'all events'}, {waits}{turning}"
        case "add":
            made = receivers.add(
                asked.receiver, asked.url, tuple(asked.only), anywhere=cloud.settings.webhooks_anywhere
            )
            yield f"{made.name} is told within five minutes; its secret, which is not shown again:\n{made.secret}"
        case "remove":
            receivers.remove(asked.receiver)
            yield f"{asked.receiver} is told no more; {forget(cloud, asked.receiver)} events that waited are forgotten"
        case "rotate" if asked.end:
            receivers.end_rotation(asked.receiver)
            yield f"{asked.receiver}: the former secret is forgotten"
        case "rotate":
            turned = receivers.rotate(asked.receiver)
            yield f"{turned.name} gets both signatures within five minutes; the new secret:\n{turned.secret}"
        case "log":
            receivers[asked.receiver]
            for logged in owed.log(cloud.store, asked.receiver, asked.since):
                if asked.state in (None, logged.state):
                    yield line(logged)
        case "replay":
            receivers[asked.receiver]
            count = replay(cloud, asked.receiver, _chosen(asked), now)
            yield f"{count} events are told again within a minute"
        case "catch-up":
            yield f"{catch_up(cloud, dynamodb, receivers, asked.since, now)} events are told within a minute"


def main() -> int:
    """Do what is asked; 1 with the reason when that cannot be."""
    import boto3

    asked = _parser().parse_args()
    try:
        cloud = reached.cloud(asked.stage)
        for said in run(asked, cloud, boto3.client("secretsmanager"), boto3.client("dynamodb")):
            sys.stdout.write(f"{said}\n")
    except (reached.NoDesk, Wrong) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
