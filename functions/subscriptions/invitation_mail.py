"""What became of the e-mail that tells somebody that they are a user. Pure.

A user's item keeps the last word that is known of their latest invitation, as the log of e-mails does of each.
"""

from collections.abc import Mapping
from typing import Literal

from functions.shared.items import Item
from functions.shared.mail_log import Fate, is_news

SHOWN_MAILS: Mapping[str, Literal["sent", "delivered", "bounced"]] = {
    "sent": "sent",
    "put_off": "bounced",
    "delivered": "delivered",
    "bounced": "bounced",
    "rejected": "bounced",
}
# The tags of a message by which SES says whose invitation it is: hexadecimal, and no address.
SUBSCRIPTION_TAG = "subscription"
INVITATION_TAG = "invitation"


def learnt(user: Item, invitation: str, fate: Fate) -> Item | None:
    """The user's item with what became of an invitation; None where that is known, or it is not their latest."""
    if user.get("invitation") != invitation or not is_news(user.get("mail"), fate):
        return None
    return {**user, "mail": fate}
