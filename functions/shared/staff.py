"""The staff: some calls are for them alone, and to anyone else do not exist."""

from typing import TYPE_CHECKING

from functions.shared.items import Items, Reads
from functions.shared.job import Ask, SignedIn
from functions.shared.refusal import NOT_FOUND, Refused
from functions.shared.session import account_key

if TYPE_CHECKING:
    from functions.shared.desk import Desk

STAFF = "staff"


def insist_on_staff(items: Items, email: str) -> None:
    """Raises Refused `not_found` unless the reader, whose account was read, is one of the staff."""
    if STAFF not in items[account_key(email)]["roles"]:
        raise Refused(NOT_FOUND)


def admit_staff[Body](desk: "Desk", ask: Ask[Body]) -> SignedIn[Body]:
    """The reader, one of the staff. Raises Refused `not_signed_in`, `not_found` for anyone else."""
    asked, _ = desk.reads(ask, _staffs)
    return asked


def _staffs(email: str) -> Reads[None]:
    return Reads((), lambda items: insist_on_staff(items, email))
