"""The staff: some calls are for them alone, and to anyone else do not exist."""

from functions.shared.items import Items
from functions.shared.refusal import NOT_FOUND, Refused
from functions.shared.session import account_key

STAFF = "staff"


def insist_on_staff(items: Items, email: str) -> None:
    """Raises Refused `not_found` unless the reader, whose account was read, is one of the staff."""
    if STAFF not in items[account_key(email)]["roles"]:
        raise Refused(NOT_FOUND)
