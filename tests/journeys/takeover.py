"""How a user asks for the administrator's place, what becomes of it, and why it is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from functions.shared import clock, links
from functions.shared.due import Due
from functions.shared.items import next_version
from functions.shared.staff import STAFF
from functions.subscriptions import (
    cancellation,
    decide_takeover,
    object_to_takeover,
    remove_user,
    renewal,
    take_over,
    takeovers,
    transfer,
    withdraw,
)
from functions.subscriptions.subscription import state_key
from functions.subscriptions.takeovers import Takeover, digest, new_id
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given
from tests.journeys.seats import signed

_SEED = "7" * 64
_REASON = "Camille left the firm, and nobody reads that mailbox."
_DECIDED = {"decision": "accept", "reason": "Same firm, and a new Kbis."}


class Asked(NamedTuple):
    """An open request: the administrator, who asks, the subscription and the request."""

    admin: str
    asker: str
    subscription: str
    takeover: str

    @property
    def about(self) -> dict[str, str]:
        """What paths name."""
        return {"subscription_id": self.subscription}


def asked(given: Given, *, days_ago: int = 8, others: tuple[str, ...] = (), **fields: Any) -> Asked:
    """Somebody has asked so many days ago; the administrator reads French."""
    admin, asker = given.person(language="fr", profile=fields.pop("profile", "design_office")), given.person("asker")
    if "withdrawable_until" in fields:
        subscription = signed(given, admin, asker, *others, concluded_by=admin, **fields)
    else:
        subscription = given.subscription(admin, asker, *others, **fields)
    at = clock.rfc3339(clock.now() - timedelta(days=days_ago))
    takeover = Takeover(
        id=new_id(subscription, "3" * 64),
        subscription=subscription,
        asked_by=asker,
        administrator=admin,
        reason=_REASON,
        asked_at=at,
        link=digest(links.token(_SEED, given.cloud.keys)),
        seed=_SEED,
    )
    kept = dict(given.store.item(state_key(subscription)) or {})
    given.write(
        next_version(state_key(subscription), {**kept, "takeover": takeover.says}),
        takeover.put_new(),
        takeover.waits,
    )
    return Asked(admin, asker, subscription, takeover.id)


def staff(given: Given) -> str:
    """One of the staff, signed in."""
    return given.person("reviewer", roles=[STAFF])


def token(given: Given, takeover: str) -> str:
    """What the link of the e-mail carries."""
    return f"{takeover}.{links.token(_SEED, given.cloud.keys)}"


def decided(given: Given, takeover: str, decision: str = "accept", by: str = "") -> Call:
    """What the staff decide."""
    body = {**_DECIDED, "decision": decision}
    return Call(decide_takeover.DECIDE, by or staff(given), {"takeover": takeover}, body)


def objected(given: Given, takeover: str) -> Call:
    """The administrator objects, by the link."""
    return Call(object_to_takeover.OBJECT, body={"token": token(given, takeover)})


def ask(given: Given) -> Journey:
    admin, asker, other = given.person(), given.person("asker", language="fr"), given.person("other")
    subscription = given.subscription(admin, asker, other)
    about = {"subscription_id": subscription}
    return Journey(
        _ask(asker, subscription),
        rivals=(
            _ask(other, subscription),
            Call(remove_user.REMOVE, admin, {**about, "email": asker}),
            Call(transfer.TRANSFER, admin, about, {"email": asker}),
            Call(transfer.TRANSFER, admin, about, {"email": other}),
        ),
    )


def read_what_it_is_about(given: Given) -> Journey:
    return Journey(Call(object_to_takeover.OPEN_LINK, body={"token": token(given, asked(given).takeover)}))


def object_to_it(given: Given) -> Journey:
    it = asked(given)
    return Journey(objected(given, it.takeover), rivals=(decided(given, it.takeover), *_of_administrator(it)))


def get_the_link(given: Given) -> Journey:
    it = asked(given)
    return Journey(_link(it.admin, it.takeover), rivals=(objected(given, it.takeover),))


def list_them(given: Given) -> Journey:
    it = asked(given)
    return Journey(Call(decide_takeover.LIST, staff(given)), rivals=(objected(given, it.takeover),))


def accept(given: Given) -> Journey:
    other = given.person("other")
    it = asked(given, others=(other,))
    another = given.person("second-reviewer", roles=[STAFF])
    return Journey(
        decided(given, it.takeover),
        rivals=(
            decided(given, it.takeover, by=another),
            objected(given, it.takeover),
            Call(transfer.TRANSFER, it.admin, it.about, {"email": other}),
            *_of_administrator(it),
        ),
    )


def accept_of_a_consumer(given: Given) -> Journey:
    it = asked(given, profile="student", paid=598_80, withdrawable_until=given.today().isoformat())
    withdraws = Call(withdraw.WITHDRAW, it.admin, it.about, {"confirm": True})
    return Journey(decided(given, it.takeover), rivals=(withdraws,))


def refuse(given: Given) -> Journey:
    it = asked(given, days_ago=1)
    return Journey(decided(given, it.takeover, "refuse"), rivals=(objected(given, it.takeover),))


def remind(given: Given) -> Journey:
    it = asked(given, days_ago=5)
    given.write(Due(given.today(), takeovers.REMINDER, it.takeover).put())
    return Journey(Work("DueFunction", {}))


def ends_while_asked(given: Given) -> Journey:
    """A contract that was cancelled ends: nobody decides on it any more."""
    today = given.today()
    it = asked(given, status="cancelling", cancellation={"reference": "R"}, end=today - timedelta(days=1))
    given.write(Due(today, renewal.PERIOD_OVER, it.subscription).put())
    return Journey(Work("DueFunction", {}), rivals=(decided(given, it.takeover),))


def removed_while_asked(given: Given) -> Journey:
    it = asked(given)
    return Journey(
        Call(remove_user.REMOVE, it.admin, {**it.about, "email": it.asker}),
        rivals=(decided(given, it.takeover), objected(given, it.takeover)),
    )


def passed_on_while_asked(given: Given) -> Journey:
    other = given.person("other")
    it = asked(given, others=(other,))
    return Journey(
        Call(transfer.TRANSFER, it.admin, it.about, {"email": other}),
        rivals=(decided(given, it.takeover), objected(given, it.takeover)),
    )


def _of_administrator(it: Asked) -> tuple[Call, ...]:
    """What the administrator may do meanwhile."""
    return (
        Call(remove_user.REMOVE, it.admin, {**it.about, "email": it.asker}),
        Call(transfer.TRANSFER, it.admin, it.about, {"email": it.asker}),
        Call(cancellation.CANCEL, it.admin, it.about, {"reason": "other"}),
    )


def _ask(by: str, subscription: str) -> Call:
    return Call(take_over.TAKE_OVER, by, {"subscription_id": subscription}, {"reason": _REASON})


def _pending(given: Given) -> Call:
    other = given.person("other")
    return _ask(other, asked(given, others=(other,)).subscription)


def _not_active(given: Given) -> Call:
    user = given.person("user")
    return _ask(user, given.subscription(given.address("admin"), user, status="ended"))


def _by_administrator(given: Given) -> Call:
    admin = given.person()
    return _ask(admin, given.subscription(admin, given.address("one")))


def _asked_too_often(given: Given) -> Call:
    user = given.person("user")
    subscription = given.subscription(given.address("admin"), user)
    given.use_up(take_over.ASKS, subscription)
    return _ask(user, subscription)


def _closed(outcome: str, call: Callable[[Given, str], Call]) -> Refuse:
    def begun(given: Given) -> Call:
        it = asked(given)
        item = dict(given.store.item(takeovers.takeover_key(it.takeover)) or {})
        at = clock.rfc3339(clock.now())
        said = {"outcome": outcome, "closed_at": at, "by": "kim@example.com"}
        given.write(
            next_version(takeovers.takeover_key(it.takeover), {**item, **said}),
            *takeovers.dropped(given.kept(it.subscription)),
        )
        return call(given, it.takeover)

    return begun


def _outdated(call: Callable[[Given, str], Call]) -> Refuse:
    def begun(given: Given) -> Call:
        it = asked(given)
        given.write(*takeovers.dropped(given.kept(it.subscription)))
        return call(given, it.takeover)

    return begun


def _own(given: Given) -> Call:
    it = asked(given)
    given.write_account(it.asker, given.account(it.asker) | {"roles": [STAFF]})
    given.sign_in(it.asker)
    return decided(given, it.takeover, by=it.asker)


def _read(given: Given, takeover: str) -> Call:
    return Call(object_to_takeover.OPEN_LINK, body={"token": token(given, takeover)})


def _link(by: str, takeover: str) -> Call:
    """Somebody who is signed in wants the link to object."""
    return Call(object_to_takeover.GET_LINK, by, {"takeover": takeover})


def _link_of_another(given: Given) -> Call:
    it = asked(given)
    return _link(it.asker, it.takeover)


def _link_outdated(given: Given) -> Call:
    it = asked(given)
    given.write(*takeovers.dropped(given.kept(it.subscription)))
    return _link(it.admin, it.takeover)


def _unknown_link(job: Any) -> Refuse:
    def begun(given: Given) -> Call:
        return Call(job, body={"token": token(given, asked(given).takeover)[:-1] + "_"})

    return begun


JOURNEYS: dict[str, Begin] = {
    "take-over": ask,
    "open-takeover-objection": read_what_it_is_about,
    "object-to-takeover": object_to_it,
    "get-takeover-objection": get_the_link,
    "list-takeovers": list_them,
    "decide-takeover": accept,
    "decide-takeover: of a consumer": accept_of_a_consumer,
    "decide-takeover: refuse": refuse,
    "takeover-reminder: it is due": remind,
    "end-subscription: somebody asks to take over": ends_while_asked,
}
MEETINGS: dict[str, Begin] = {
    "remove-user: who asks to take over": removed_while_asked,
    "transfer: while somebody else asks": passed_on_while_asked,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("take-over", "takeover_pending"): _pending,
    ("take-over", "is_administrator"): _by_administrator,
    ("take-over", "not_active"): _not_active,
    ("take-over", "used_up"): _asked_too_often,
    ("open-takeover-objection", "not_found"): _unknown_link(object_to_takeover.OPEN_LINK),
    ("open-takeover-objection", "link_expired"): _closed("objected", _read),
    ("object-to-takeover", "not_found"): _unknown_link(object_to_takeover.OBJECT),
    ("object-to-takeover", "link_expired"): _closed("accepted", objected),
    ("get-takeover-objection", "not_found"): _link_of_another,
    ("get-takeover-objection", "link_expired"): _link_outdated,
    ("list-takeovers", "not_found"): lambda given: Call(decide_takeover.LIST, given.person()),
    ("decide-takeover", "not_found"): lambda given: decided(given, asked(given).takeover, by=given.person("plain")),
    ("decide-takeover", "own_request"): _own,
    ("decide-takeover", "takeover_closed"): _closed("objected", decided),
    ("decide-takeover", "takeover_outdated"): _outdated(decided),
    ("decide-takeover", "too_early"): lambda given: decided(given, asked(given, days_ago=6).takeover),
}
