"""What SES says became of an e-mail, noted in its person's log, and of an invitation where its administrator sees it.

An event comes more than once and in any order; what it says is noted by a rule that minds neither.
"""

from collections.abc import Callable, Mapping
from typing import Any

from functions.shared import log, mail_log
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.items import Item, Key, Put, next_version
from functions.shared.mail_log import Fate
from functions.shared.store import retry_lost_races
from functions.subscriptions.invitation_mail import INVITATION_TAG, SUBSCRIPTION_TAG, learnt
from functions.subscriptions.subscription import user_key

_FATES: Mapping[str, Fate] = {"Send": "sent", "Delivery": "delivered", "Bounce": "bounced", "Reject": "rejected"}

type Learns = Callable[[Item | None], Put | None]


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def note(key: Key, learns: Learns) -> bool:
        def attempt() -> bool:
            change = learns(cloud.store.item(key))
            if change:
                cloud.store.put(change)
            return bool(change)

        return retry_lost_races(attempt)

    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        fate = _fate(event["detail"])
        mail = event["detail"]["mail"]
        # An e-mail of ours goes to one person.
        [recipient] = mail["destination"]
        noted = [note(key, learns) for key, learns in _notes(mail["tags"], recipient, fate)]
        log.line("mail told of", mail=fate, noted=any(noted))
        return {}

    return handler


def _notes(tags: Mapping[str, list[str]], recipient: str, fate: Fate) -> list[tuple[Key, Learns]]:
    [mail] = tags[mail_log.TAG]
    logged = mail_log.key(recipient, mail)
    notes: list[tuple[Key, Learns]] = [(logged, lambda item: mail_log.noted(logged, item, fate))]
    if INVITATION_TAG in tags:
        [subscription], [invitation] = (tags[name] for name in (SUBSCRIPTION_TAG, INVITATION_TAG))
        listed = user_key(subscription, recipient)

        def learns(user: Item | None) -> Put | None:
            changed = user and learnt(user, invitation, fate)
            return next_version(listed, changed) if changed else None

        notes.append((listed, learns))
    return notes


def _fate(told: Mapping[str, Any]) -> Fate:
    if told["eventType"] == "Bounce" and told["bounce"]["bounceType"] != "Permanent":
        return "put_off"
    return _FATES[told["eventType"]]


handler = enter(create, "store")
