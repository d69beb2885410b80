"""What became of the e-mail that tells somebody that they are a user. Pure.

SES tells of one message more than once, late and in any order: what a user's item keeps is the last of these words that
is known of their latest invitation, so that nothing depends on which was told first.
"""

from collections.abc import Mapping
from typing import Literal

from functions.shared.items import Item

type Fate = Literal["sent", "put_off", "delivered", "bounced"]
# An answer from a machine («out of the office») follows a delivery as a bounce that passes; one that does not pass
# takes the delivery back.
_ORDER: tuple[Fate, ...] = ("sent", "put_off", "delivered", "bounced")
SHOWN_MAILS: Mapping[str, Literal["sent", "delivered", "bounced"]] = {
    "sent": "sent",
    "put_off": "bounced",
    "delivered": "delivered",
    "bounced": "bounced",
}
# The tags of a message by which SES says whose it is: hexadecimal, and no address.
SUBSCRIPTION_TAG = "subscription"
INVITATION_TAG = "invitation"


def learnt(user: Item, invitation: str, fate: Fate) -> Item | None:
    """The user's item with what became of an invitation; None where that is known, or it is not their latest."""
    if user.get("invitation") != invitation:
        return None
    known = user.get("mail")
    if known is not None and _ORDER.index(known) >= _ORDER.index(fate):
        return None
    return {**user, "mail": fate}
