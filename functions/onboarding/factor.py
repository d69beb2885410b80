"""A person's second factor as it is kept: sealed by KMS, with the codes that were given and can still come."""

import time
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from functions.onboarding.authentication import Login, authenticate
from functions.shared import second_factor
from functions.shared.cloud import Cloud
from functions.shared.items import Item, Items, Key, Put, over
from functions.shared.session import person

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


@dataclass(frozen=True)
class Sealed:
    """A secret as the table keeps it; it opens for that account alone."""

    account_id: str
    content: str


@dataclass(frozen=True)
class Factor:
    """Where a person's second factor stands.

    `pending` is the seed of a secret that was shown and not yet confirmed by a code, `sealed` the one in use, `used`
    the steps whose codes were given and are not yet too old, `recovery` the digests of the recovery codes left.
    """

    key: Key
    read: Item | None
    pending: str | None = None
    sealed: str | None = None
    set_up_at: str | None = None
    used: Sequence[int] = ()
    recovery: Sequence[str] = ()

    @classmethod
    def of(cls, items: Items, email: str) -> Self:
        """Among what was read."""
        key = factor_key(email)
        item = items.get(key) or {}
        return cls(
            key,
            items.get(key),
            item.get("pending"),
            item.get("sealed"),
            item.get("set_up_at"),
            tuple(item.get("used", ())),
            tuple(item.get("recovery", ())),
        )

    @property
    def is_set_up(self) -> bool:
        """Whether it is asked for."""
        return self.sealed is not None

    def put(self) -> Put:
        """Its item, written over what was read: of two who give one code at a time, one is first."""
        attributes = {
            "pending": self.pending,
            "sealed": self.sealed,
            "set_up_at": self.set_up_at,
            "used": self.used,
            "recovery": self.recovery,
        }
        return over(self.key, self.read, attributes)

    def with_pending(self, seed: str) -> "Factor":
        """With a new secret to be confirmed."""
        return replace(self, pending=seed)

    def set_up(self, sealed: str, secret: str, at: int, codes: Sequence[str], now: str) -> "Factor":
        """In use from now on, confirmed by the code of that step."""
        digests = tuple(second_factor.recovery_digest(secret, code) for code in codes)
        return replace(self, pending=None, sealed=sealed, set_up_at=now, used=(at,), recovery=digests)

    def spent(self, secret: str, given: str) -> "Factor | None":
        """With the code used up that was given, an authenticator's or a recovery code; None if it is not right."""
        now = time.time()
        if (at := second_factor.step_shown(secret, given, now, self.used)) is not None:
            still = [one for one in self.used if one >= second_factor.step(now) - second_factor.DRIFT]
            return replace(self, used=(*still, at))
        digest = second_factor.recovery_digest(secret, given)
        left = tuple(one for one in self.recovery if one != digest)
        return replace(self, recovery=left) if len(left) < len(self.recovery) else None


@dataclass(frozen=True)
class Credentials:
    """What somebody says to be known by: a login's password, the code of a second factor whose sealed secret it is."""

    login: Login | None
    sealed: Sealed | None = None


@dataclass(frozen=True)
class Proof:
    """Whether the password is right, and if it is, or none was given, the secret of the second factor."""

    is_right: bool
    secret: str | None = field(default=None, repr=False)


def prove(cloud: Cloud, said: Credentials) -> Proof:
    """Ask Cognito about the password, then KMS for the secret that the code must be of."""
    is_right = said.login is None or authenticate(cloud, said.login)
    return Proof(is_right, _unsealed(cloud, said.sealed) if is_right and said.sealed else None)


def factor_key(email: str) -> Key:
    """Where a person's second factor is kept."""
    return Key(person(email), "FACTOR")


def seal(kms: "KMSClient", key_id: str, account_id: str, secret: str) -> str:
    """The secret as only KMS can read it, and only for that account."""
    answer = kms.encrypt(KeyId=key_id, Plaintext=secret.encode(), EncryptionContext={"account": account_id})
    return b64encode(answer["CiphertextBlob"]).decode()


def _unsealed(cloud: Cloud, kept: Sealed) -> str:
    answer = cloud.kms.decrypt(
        KeyId=cloud.settings.factor_key,
        CiphertextBlob=b64decode(kept.content),
        EncryptionContext={"account": kept.account_id},
    )
    return answer["Plaintext"].decode()
