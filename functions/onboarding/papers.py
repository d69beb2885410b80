"""Papers: which a customer sends, and what each must be. Pure: the one table of these rules."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from functions.shared.calendar import months_after

type Profile = Literal["design_office", "engineer", "student"]
type Kind = Literal["kbis", "director_identity", "sirene_notice", "identity", "student_card"]

PROFILES: tuple[Profile, ...] = get_args(Profile.__value__)
KINDS: tuple[Kind, ...] = get_args(Kind.__value__)
# Of each file.
MAX_BYTES = 10 * 1024 * 1024
# The files of one document, as the two sides of a card.
MAX_PARTS = 4


@dataclass(frozen=True)
class Paper:
    """A paper that a profile needs; `younger_than_months` counts from its date of issue to the day it is sent.

    What `shows_a_person` is shown to the staff with a mark that says for whom the copy is.
    """

    kind: Kind
    profile: Profile
    younger_than_months: int | None = None
    shows_a_person: bool = False


PAPERS = (
    Paper("kbis", "design_office", younger_than_months=3),
    Paper("director_identity", "design_office", shows_a_person=True),
    Paper("sirene_notice", "engineer"),
    Paper("identity", "engineer", shows_a_person=True),
    Paper("student_card", "student", shows_a_person=True),
)


def needed(profile: Profile) -> tuple[Paper, ...]:
    """What customers of that profile send."""
    return tuple(paper for paper in PAPERS if paper.profile == profile)


def is_young_enough(paper: Paper, issued_on: date, today: date) -> bool:
    """Whether a paper of that date may still be sent today."""
    return paper.younger_than_months is None or today < months_after(issued_on, paper.younger_than_months)
