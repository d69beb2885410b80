"""Months and years of the calendar, counted as the law does."""

from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

A_DAY = timedelta(days=1)
# Public holidays in the whole of France (code du travail, article L3133-1): by month and day, and by days after Easter
# Sunday (its Monday, Ascension, Whit Monday).
_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
_AFTER_EASTER = frozenset({1, 39, 50})
_SATURDAY = 5


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or an earlier one, else its last: code de procédure civile, article 641."""
    return day + relativedelta(months=months)


def at_least_months_after(day: date, months: int) -> date:
    """The same, but the first of the next month where the month has no such day."""
    found = months_after(day, months)
    return found if found.day == day.day else found + A_DAY


def last_day_of_year_from(start: date) -> date:
    """The last day of a year that begins then: the day before its anniversary, which is 1 March for 29 February."""
    return at_least_months_after(start, 12) - A_DAY


def first_day_of_year_to(end: date) -> date:
    """The first day of the year that ends then, of years that do not begin on 29 February."""
    return at_least_months_after(end + A_DAY, -12)


def last_day_of_year_around(end: date, today: date) -> date:
    """The last day of the year that `today` is in, of years one of which ends on `end`, before today."""
    begins = end + A_DAY
    years = today.year - begins.year
    last = at_least_months_after(begins, 12 * years) - A_DAY
    return last if today <= last else at_least_months_after(begins, 12 * (years + 1)) - A_DAY


def is_working_day(day: date) -> bool:
    """Whether it is neither on a weekend nor a public holiday in the whole of France."""
    after_easter = (day - easter(day.year)).days
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _HOLIDAYS and after_easter not in _AFTER_EASTER


def last_day_of_term(begins: date, days: int) -> date:
    """The last day of a term of days: the day on which it begins not counted, moved to a working day if it is none.

    Regulation (EEC, Euratom) 1182/71, article 3, to which article L221-19 of the code de la consommation refers.
    """
    last = begins + days * A_DAY
    while not is_working_day(last):
        last += A_DAY
    return last
