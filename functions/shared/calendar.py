"""Months and years of the calendar, counted as the law does."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

A_DAY = timedelta(days=1)


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
