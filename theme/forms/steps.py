"""The guides' steps as the reader's subscription sees them: what shows that each is done, next or not possible."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of a guide, in the order that the page numbers them.

    It is possible while `action` is allowed, and done once that is refused for the reason `done`. One without an
    action is signing in.
    """

    action: str | None = None
    done: str | None = None


_SIGN_IN = Step()
_SIGN = Step("sign", "already_signed")
_CANCEL = Step("cancel", "already_cancelling")

STEPS: Mapping[str, tuple[Step, ...]] = {
    "activate": (Step("accept_terms", "terms_already_accepted"), Step("activate", "already_activated"), _SIGN, _SIGN),
    "add_user": (_SIGN_IN, Step("add_user"), Step("add_user")),
    "remove_user": (_SIGN_IN, Step("remove_user"), Step("remove_user"), Step("remove_user")),
    "transfer": (_SIGN_IN, Step("transfer"), Step("transfer"), Step("transfer")),
    "cancel": (_SIGN_IN, _CANCEL, _CANCEL, _CANCEL),
    "fetch_contract": (_SIGN_IN, Step("fetch_contract"), Step("fetch_contract")),
}
