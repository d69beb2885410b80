"""The keys of the desk's keyed hashes: the current one makes what is new, the one before is believed as well.

A seed names the key that it was made under, so that what is derived from it stays the same while the key is rotated.
"""

import base64
import hashlib
import hmac
from typing import Any, NamedTuple, Self

# Fewer could be guessed.
_LEAST_BYTES = 16


def written(content: bytes) -> str:
    """Bytes as cookies and links carry them."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Keys(NamedTuple):
    """The current key, and the one before while it is still believed."""

    current: bytes
    previous: bytes = b""

    @classmethod
    def of(cls, secret: Any) -> Self:
        """From the secret as it is kept, JSON with `current` and `previous`. Raises KeyError for another."""
        return cls(secret["current"].encode(), secret.get("previous", "").encode())

    def seed(self, random: str) -> str:
        """Something random to derive from, with the name of the current key; worth nothing without that."""
        return f"{_name(self.current)}.{random}"

    def derived(self, seed: str, what: str) -> bytes:
        """32 bytes that follow from what is said and the key that the seed names; from the current one if none is."""
        is_of_the_one_before = self.previous and seed.partition(".")[0] == _name(self.previous)
        return hmac.digest(self.previous if is_of_the_one_before else self.current, what.encode(), "sha256")

    def digest(self, what: str) -> bytes:
        """32 bytes that only we can have made of it."""
        return hmac.digest(self.current, what.encode(), "sha256")

    def vouch_for(self, what: str, digest: bytes) -> bool:
        """Whether the first bytes that `digest` has were made of it by us, under either key."""
        believed = [key for key in (self.current, self.previous) if key]
        made = [hmac.digest(key, what.encode(), "sha256")[: len(digest)] for key in believed]
        return len(digest) >= _LEAST_BYTES and any(hmac.compare_digest(one, digest) for one in made)


def _name(key: bytes) -> str:
    return hashlib.sha256(b"the name of " + key).hexdigest()[:8]
