"""The return of the role: passed to somebody who was invited and opens no account, it goes back to who had it. Pure.

Until they have an account nobody could do anything for the subscription.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from functions.shared import clock
from functions.shared.events import DESK, Holds, Mail, Told
from functions.shared.items import Items, Key, Write
from functions.shared.session import account_key
from functions.subscriptions.subscription import Subscription, partition, restored, state_key, user_key
from functions.subscriptions.takeovers import ended_by_succession

# For as long as a link in an e-mail lasts.
CLAIM_DAYS = 7
UNCLAIMED = "role_unclaimed"
ROLE_RETURNED = Told(
    "role_returned",
    "transfer",
    mails=(
        Mail("transfer.mails.returned", holds=Holds(recipient=("administrator",))),
        Mail("transfer.mails.not_taken", to="other", holds=Holds(recipient=("user", "stranger"))),
    ),
)
TELLS = (ROLE_RETURNED,)


def keys(subscription: Subscription) -> list[Key]:
    """What is decided upon: the subscription, who has the role and whether they have an account, who had it before."""
    former = (subscription.unclaimed or {}).get("former", subscription.administrator)
    return [
        *(state_key(subscription.id), user_key(subscription.id, subscription.administrator)),
        *(account_key(email) for email in dict.fromkeys((subscription.administrator, former))),
    ]


def decide(subscription: Subscription, items: Items, now: datetime) -> Iterator[Write]:
    """Give the role back on the day that was said, unless it was claimed, or passed on, or whoever had it has gone."""
    unclaimed, today = subscription.unclaimed, clock.day(now)
    if unclaimed is None or today.isoformat() < unclaimed["until"]:
        return
    email, former = subscription.administrator, unclaimed["former"]
    is_claimed = items[user_key(subscription.id, email)]["status"] == "active" or account_key(email) in items
    if is_claimed or account_key(former) not in items:
        yield replace(subscription, unclaimed=None).put()
        return
    yield from restored(subscription, former, now)
    # Who has no account is told in the language of who passed the role to them.
    data = {"email": former, "other": email, "language": items[account_key(former)]["language"]}
    told = ROLE_RETURNED.event(now, DESK, subscription.facts() | data)
    for where, event in ((partition(subscription.id), told), *ended_by_succession(subscription, former, DESK, now)):
        yield from event.written(where, f"{UNCLAIMED} {unclaimed['until']}")
