"""Items of the one table and what is written of them. Pure: the rules say both without a client.

Whatever a decision may stand on carries a `version`, counted up at every write: so «still as it was read» is one
comparison, whatever the item holds.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Key(NamedTuple):
    """An item's address."""

    pk: str
    sk: str


# What an item has while what it stands for is changed in steps: it says what they are to end in. Nobody decides on such
# an item but who takes the next step.
UNSETTLED = "unsettled"

type Item = Mapping[str, Any]
type Items = Mapping[Key, Item]


class Put(NamedTuple):
    """Write an item whole; `condition` guards it, its `:values` beside it."""

    key: Key
    attributes: Item
    condition: str = ""
    values: Mapping[str, Any] = MappingProxyType({})


class Delete(NamedTuple):
    """Remove an item, which must be there; in the version that was read, if it is given."""

    key: Key
    read: Item | None = None


class Set(NamedTuple):
    """Set attributes of an item, which must be there, and leave its others as they are."""

    key: Key
    attributes: Item


class Check(NamedTuple):
    """Write nothing, and let nothing be written unless the item is still as it was `read` (None: absent)."""

    key: Key
    read: Item | None


class Count(NamedTuple):
    """Count `times` more at an item, made where none is, unless there are then more than `most`: `refusal` is raised.

    It is forgotten from `expires_at` on, in epoch seconds.
    """

    key: Key
    most: int
    times: int
    expires_at: int
    refusal: Exception


type Write = Put | Delete | Set | Check | Count


def new(key: Key, attributes: Item) -> Put:
    """An item that must not be there yet."""
    return Put(key, {**attributes, "version": 1}, "attribute_not_exists(PK)")


def next_version(key: Key, attributes: Item) -> Put:
    """An item written over the version it was read in, which its attributes name; it is counted up here."""
    read_version = int(attributes["version"])
    return Put(
        key, {**attributes, "version": read_version + 1}, "version = :read_version", {":read_version": read_version}
    )


def over(key: Key, read: Item | None, attributes: Item) -> Put:
    """An item written over what was read there, or made where nothing was."""
    return new(key, attributes) if read is None else next_version(key, {**attributes, "version": read["version"]})


class Reads[State](NamedTuple):
    """What a decision stands on: the items at `keys`, read as of one moment, and what they say.

    Of these, `vouched` need not be as they were read once it is committed: they never change without the version of
    another item that is read too, or what is decided holds whatever becomes of them.
    """

    keys: Collection[Key]
    state: Callable[[Items], State]
    vouched: Collection[Key] = ()


def reads_nothing(*about: object) -> Reads[None]:
    """What a decision reads that stands on nothing but what is asked, and whether the reader is signed in."""
    return Reads((), lambda items: None)


def checks(
    read: Mapping[Key, Item | None], keys: Iterable[Key], vouched: Collection[Key], writes: Collection[Write]
) -> Iterator[Check]:
    """What must be as it was read although it is not written."""
    written = {write.key for write in writes}
    for key in dict.fromkeys(keys):
        if key not in written and key not in vouched:
            yield Check(key, read.get(key))
