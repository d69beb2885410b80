"""Why a site is not fit to be published."""

from pydantic import ValidationError


class BuildFailed(Exception):
    """Each argument says one reason: which file, which job, and what is missing."""


def reasons(file: str, error: ValidationError) -> list[str]:
    """What is wrong with each part of a file, a line each; a part of a list by its number, from 1."""
    return [f"{file}: {_place(fault['loc'])}{fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()]


def _place(parts: tuple[int | str, ...]) -> str:
    named = ".".join(str(part + 1 if isinstance(part, int) else part) for part in parts)
    return f"{named}: " if named else ""
