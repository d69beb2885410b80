"""What SES says became of an invitation, noted where its administrator sees it.

An event comes more than once and in any order; what it says is noted by a rule that minds neither.
"""

from collections.abc import Mapping
from typing import Any

from functions.shared import log
from functions.shared.cloud import Cloud
from functions.shared.entry import Handler, enter
from functions.shared.items import next_version
from functions.shared.store import retry_lost_races
from functions.subscriptions.invitation_mail import INVITATION_TAG, SUBSCRIPTION_TAG, Fate, learnt
from functions.subscriptions.subscription import user_key

_FATES: Mapping[str, Fate] = {"Send": "sent", "Delivery": "delivered", "Bounce": "bounced", "Reject": "bounced"}


def create(cloud: Cloud) -> Handler:
    """The worker on a cloud of its own."""

    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        told = event["detail"]
        mail = told["mail"]
        [subscription], [invitation] = (mail["tags"][name] for name in (SUBSCRIPTION_TAG, INVITATION_TAG))
        # An invitation goes to one person.
        [recipient] = mail["destination"]
        key, fate = user_key(subscription, recipient), _fate(told)

        def note() -> bool:
            user = cloud.store.item(key)
            changed = user and learnt(user, invitation, fate)
            if changed:
                cloud.store.put(next_version(key, changed))
            return bool(changed)

        log.line("mail told of", mail=fate, noted=retry_lost_races(note))
        return {}

    return handler


def _fate(told: Mapping[str, Any]) -> Fate:
    if told["eventType"] == "Bounce" and told["bounce"]["bounceType"] != "Permanent":
        return "put_off"
    return _FATES[told["eventType"]]


handler = enter(create, "store")
