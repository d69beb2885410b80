"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for who has lost theirs. Pure.

Codes go by real time, not by the desk's clock: an authenticator knows no other. Secret and recovery codes are derived
from a seed when they are shown, so that a repeated request shows the same and no answer that is kept holds them.
"""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Sequence

from functions.shared.brand import brand
from functions.shared.keys import Keys

STEP_SECONDS = 30
# How many steps early or late a code may be: clocks differ, and typing takes time.
DRIFT = 1
RECOVERY_CODES = 10
# RFC 4226, section 4, recommends 160 bits.
_SECRET_BYTES = 20
_RECOVERY_DIGITS = 12


def secret(seed: str, person: str, keys: Keys) -> str:
    """The secret that an authenticator is given, in base 32."""
    return b32encode(keys.derived(seed, f"second factor {person} {seed}")[:_SECRET_BYTES]).decode()


def uri(of_secret: str, person: str) -> str:
    """The same as a link that authenticators open and read from a QR code."""
    # Imported late, as everywhere here: of all who sign in, only staff and support pay for it (12 ms).
    from pyotp import TOTP

    return TOTP(of_secret).provisioning_uri(name=person, issuer_name=brand().name)


def recovery_codes(seed: str, person: str, keys: Keys) -> list[str]:
    """Ten codes of twelve digits, each of which stands in for an authenticator's once."""
    digests = (keys.derived(seed, f"recovery code {number} {person} {seed}") for number in range(RECOVERY_CODES))
    plain = (f"{int.from_bytes(digest) % 10**_RECOVERY_DIGITS:0{_RECOVERY_DIGITS}}" for digest in digests)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in plain]


def step(now: float) -> int:
    """The step of a moment in epoch seconds."""
    return int(now) // STEP_SECONDS


def code(of_secret: str, at: int) -> str:
    """The six digits of a step."""
    from pyotp import TOTP

    return TOTP(of_secret, interval=STEP_SECONDS).generate_otp(at)


def step_shown(of_secret: str, given: str, now: float, used: Sequence[int]) -> int | None:
    """The step whose code was given, unless it is too far off or its code was given before."""
    steps = range(step(now) - DRIFT, step(now) + DRIFT + 1)
    right = [one for one in steps if hmac.compare_digest(code(of_secret, one).encode(), given.encode())]
    return next((one for one in right if one not in used), None)


def recovery_digest(of_secret: str, given: str) -> str:
    """What a recovery code is kept as: worth nothing without the secret, which the table holds only sealed."""
    return hmac.digest(of_secret.encode(), f"recovery {given.replace('-', '')}".encode(), hashlib.sha256).hex()
