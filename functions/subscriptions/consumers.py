"""Consumers: which accounts are theirs, and until when they may withdraw from a contract. Read from consumers.toml."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from functions.shared.calendar import last_day_of_term

_FILE = Path(__file__).with_suffix(".toml")


class Consumers(NamedTuple):
    """The setting: the profiles that are consumers, and for how many days they may withdraw."""

    profiles: frozenset[str]
    withdrawal_days: int

    def may_withdraw_until(self, profile: str, concluded_on: date) -> str | None:
        """The last day (ISO 8601) on which a contract may be withdrawn from; None for a profile that is no consumer's.

        Code de la consommation, articles L221-18 and L221-19.
        """
        if profile not in self.profiles:
            return None
        return last_day_of_term(concluded_on, self.withdrawal_days).isoformat()


@cache
def consumers() -> Consumers:
    """The setting as the file has it."""
    # Imported late: few calls need it, and each cold start would pay for it.
    import tomllib

    read = tomllib.loads(_FILE.read_text("utf-8"))
    return Consumers(frozenset(read["profiles"]), read["withdrawal_days"])
