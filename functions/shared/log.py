"""The log: names and codes of what happened, a line of JSON each, never what a person wrote."""

import json
import sys
import traceback
from pathlib import PurePath

from botocore.exceptions import ClientError

_OURS = "functions"


def line(message: str, **facts: object) -> None:
    """Write one line; facts that are None are left out."""
    said = {name: fact for name, fact in facts.items() if fact is not None}
    sys.stdout.write(json.dumps({"message": message, **said}) + "\n")


def cause(error: BaseException) -> str:
    """What failed: AWS's own code for it, else the error's name."""
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code", "ClientError")
    return type(error).__name__


def where(error: BaseException) -> str | None:
    """The last line of our own on the way to an error, as `folder/module.py:line`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _OURS in PurePath(frame.filename).parts]
    if not ours:
        return None
    parts = PurePath(ours[-1].filename).parts
    return f"{'/'.join(parts[len(parts) - parts[::-1].index(_OURS) :])}:{ours[-1].lineno}"
