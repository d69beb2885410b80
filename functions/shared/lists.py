"""Lists: a page of items and the cursor of the next one."""

import base64
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from functions.shared.store import Item, Key, Store

# Around the printable characters of keys: the first sorts right behind the key it is put to, the second behind all.
_JUST_AFTER = "\x01"
_LAST = "\x7f"


def _opened(cursor: str) -> str:
    try:
        position = base64.b64decode(cursor, altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        position = _LAST
    if not position.isprintable():
        raise PydanticCustomError("invalid_cursor", "not a cursor of ours")
    return position


class Page(BaseModel):
    """Which page of a list: how many items, and after which one."""

    model_config = ConfigDict(frozen=True)

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=600), AfterValidator(_opened)] | None = None

    @staticmethod
    def after(position: str) -> str:
        """The cursor of the page that follows an item."""
        return base64.urlsafe_b64encode(position.encode()).decode()


def listed(
    store: Store, pk: str, prefix: str, page: Page, show: Callable[[Key, Item], Any], *, backward: bool = False
) -> dict[str, Any]:
    """One page of the items whose SK begins with `prefix`, in one call; one more is read to know whether any follow."""
    first, last = prefix, prefix + _LAST
    position = None if page.cursor is None else prefix + page.cursor
    if position is not None:
        first, last = (first, position) if backward else (position + _JUST_AFTER, last)
    found = store.query(pk, first=first, last=last, limit=page.limit + 2, backward=backward)
    found = [(key, item) for key, item in found if key.sk != position]
    shown, rest = found[: page.limit], found[page.limit :]
    return {
        "items": [show(key, item) for key, item in shown],
        "next": page.after(shown[-1][0].sk.removeprefix(prefix)) if rest else None,
    }
