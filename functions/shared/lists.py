"""Lists: a page of items and the cursor of the next one, which only the list that gave it takes back."""

import base64
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from functions.shared.fields import Model
from functions.shared.items import Item, Key
from functions.shared.keys import Keys
from functions.shared.refusal import Invalid
from functions.shared.store import Store

# Around the printable characters of keys: the first sorts right behind the key it is put to, the second behind all.
JUST_AFTER = "\x01"
_LAST = "\x7f"
_MAC_BYTES = 16


class Page(Model):
    """Which page of a list: how many items, and after which one."""

    model_config = ConfigDict(frozen=True)

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=600)] | None = None


class Listed[Shown](Model):
    """A page of a list, and the cursor of the next."""

    items: list[Shown]
    next: str | None


class Cursors:
    """The cursors of one list, authenticated by the desk's key: another list's, or none of ours, is refused."""

    def __init__(self, listed: str, keys: Keys) -> None:
        self._listed = listed
        self._keys = keys

    def of(self, position: str) -> str:
        """The cursor of the page that follows an item."""
        mac = self._keys.digest(self._named(position))[:_MAC_BYTES]
        return base64.urlsafe_b64encode(mac + position.encode()).decode()

    def position(self, page: Page) -> str | None:
        """The item that a page follows. Raises Invalid for a cursor that this list did not give."""
        if page.cursor is None:
            return None
        try:
            content = base64.b64decode(page.cursor, altchars=b"-_", validate=True)
            position = content[_MAC_BYTES:].decode()
        except ValueError:
            raise Invalid(("cursor", "invalid_cursor", {})) from None
        if not self._keys.vouch_for(self._named(position), content[:_MAC_BYTES]):
            raise Invalid(("cursor", "invalid_cursor", {}))
        return position

    def _named(self, position: str) -> str:
        return f"cursor {self._listed}\n{position}"


def page_of[Thing, Shown](
    things: Sequence[Thing],
    page: Page,
    cursors: Cursors,
    name: Callable[[Thing], str],
    show: Callable[[Sequence[Thing]], list[Shown]],
) -> Listed[Shown]:
    """One page of things that are all there, in the order of their names; raises Invalid as Cursors.position does."""
    position = cursors.position(page)
    names = [name(thing) for thing in things]
    begin = 0 if position is None else next((number for number, one in enumerate(names) if one > position), len(names))
    shown = things[begin : begin + page.limit]
    more = begin + page.limit < len(things)
    return Listed(items=show(shown), next=cursors.of(name(shown[-1])) if more else None)


def listed[Shown](
    store: Store,
    pk: str,
    prefix: str,
    page: Page,
    keys: Keys,
    show: Callable[[Key, Item], Shown | None],
    *,
    backward: bool = False,
) -> Listed[Shown]:
    """One page of the items whose SK begins with `prefix`, in one call; one more is read to know whether any follow.

    An item of which `show` makes nothing is left out.
    """
    cursors = Cursors(f"{pk} {prefix}", keys)
    first, last = prefix, prefix + _LAST
    after = cursors.position(page)
    position = None if after is None else prefix + after
    if position is not None:
        first, last = (first, position) if backward else (position + JUST_AFTER, last)
    found = store.query(pk, first=first, last=last, limit=page.limit + 2, backward=backward)
    found = [(key, item) for key, item in found if key.sk != position]
    shown, rest = found[: page.limit], found[page.limit :]
    return Listed(
        items=[made for key, item in shown if (made := show(key, item)) is not None],
        next=cursors.of(shown[-1][0].sk.removeprefix(prefix)) if rest else None,
    )
