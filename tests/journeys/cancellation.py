"""How subscriptions are cancelled, with and without an account, renewed and ended, and why they are not."""

from datetime import timedelta
from typing import Any

from functions.shared import clock, links
from functions.shared.due import Due
from functions.shared.items import Put
from functions.shared.job import AnyJob
from functions.subscriptions import cancellation, portal, renewal, transfer
from functions.subscriptions.subscription import link_subject
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given

_SEED = "5" * 64
_SAID = {"reason": "prefer_not_to_say", "comment": "Merci."}


def cancel(given: Given) -> Journey:
    admin, colleague = given.person(language="fr"), given.person("colleague")
    subscription = given.subscription(admin, colleague)
    return Journey(
        _cancel(admin, subscription),
        rivals=(
            _cancel(admin, subscription),
            _by_link(given, subscription),
            Call(transfer.TRANSFER, admin, {"subscription_id": subscription}, {"email": colleague}),
        ),
    )


def undo(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(
        admin, given.person("colleague"), status="cancelling", cancellation={"reference": "R"}
    )
    return Journey(_undo(admin, subscription), rivals=(_undo(admin, subscription), _cancel(admin, subscription)))


def ask_for_a_link(given: Given) -> Journey:
    admin = given.person(language="fr")
    ask = _ask(given.kept(given.subscription(admin, given.person("colleague"))).contract_number, admin)
    return Journey(ask, rivals=(ask,))


def ask_for_another_s(given: Given) -> Journey:
    contract_number = given.kept(given.subscription(given.person())).contract_number
    ask = _ask(contract_number, given.person("other"))
    return Journey(ask, rivals=(ask,))


def open_link(given: Given) -> Journey:
    subscription = given.subscription(given.person(), given.person("colleague"))
    return Journey(_by_link(given, subscription, job=cancellation.OPEN_LINK))


def cancel_by_link(given: Given) -> Journey:
    admin = given.person()
    subscription = given.subscription(admin, given.person("colleague"))
    by_link = _by_link(given, subscription)
    return Journey(by_link, rivals=(by_link, _cancel(admin, subscription)))


def notice(given: Given) -> Journey:
    return _due(given, renewal.NOTICE, days_left=60)


def renew(given: Given) -> Journey:
    return _due(given, renewal.PERIOD_OVER, days_left=-1)


def end(given: Given) -> Journey:
    return _due(given, renewal.PERIOD_OVER, days_left=-1, status="cancelling")


def cancel_on_the_day_after(given: Given) -> Journey:
    admin, subscription = _overdue(given)
    return Journey(_cancel(admin, subscription))


def undo_on_the_day_after(given: Given) -> Journey:
    admin, subscription = _overdue(given, status="cancelling", cancellation={"reference": "R"})
    return Journey(_undo(admin, subscription))


def pass_on_the_day_after(given: Given) -> Journey:
    admin, subscription = _overdue(given)
    return Journey(Call(transfer.TRANSFER, admin, {"subscription_id": subscription}, {"email": given.address("one")}))


def show_on_the_day_after(given: Given) -> Journey:
    admin, subscription = _overdue(given, status="cancelling", cancellation={"reference": "R"})
    return Journey(Call(portal.SHOW, admin, {"subscription_id": subscription}))


def already_cancelling(given: Given) -> Call:
    admin = given.person()
    return _cancel(admin, given.subscription(admin, status="cancelling"))


def not_active(given: Given) -> Call:
    admin = given.person()
    return _cancel(admin, given.subscription(admin, status="trial"))


def not_cancelling(given: Given) -> Call:
    admin = given.person()
    return _undo(admin, given.subscription(admin))


def too_many_tries(given: Given) -> Call:
    given.use_up(cancellation.LINKS_OF_NETWORK, given.network)
    return _ask("G-2026-000001", given.address())


def undone_too_often(given: Given) -> Call:
    admin = given.person()
    subscription = given.subscription(admin, status="cancelling")
    given.use_up(cancellation.UNDONE, subscription)
    return _undo(admin, subscription)


def no_such_link_to_open(given: Given) -> Call:
    return Call(cancellation.OPEN_LINK, body={"token": "s-1.x"})


def old_link_to_open(given: Given) -> Call:
    return _by_link(given, given.subscription(given.person()), hours_ago=24, job=cancellation.OPEN_LINK)


def link_to_a_cancelled_one_to_open(given: Given) -> Call:
    cancelled = given.subscription(given.person(), status="cancelling")
    return _by_link(given, cancelled, job=cancellation.OPEN_LINK)


def link_to_one_that_is_not_active_to_open(given: Given) -> Call:
    unsigned = given.subscription(given.person(), status="awaiting_signature")
    return _by_link(given, unsigned, job=cancellation.OPEN_LINK)


def no_such_link(given: Given) -> Call:
    return Call(cancellation.CANCEL_BY_LINK, body={"token": "s-1.x", **_SAID})


def old_link(given: Given) -> Call:
    return _by_link(given, given.subscription(given.person()), hours_ago=24)


def linked_to_a_cancelled_one(given: Given) -> Call:
    return _by_link(given, given.subscription(given.person(), status="cancelling"))


def linked_to_one_that_is_not_active(given: Given) -> Call:
    return _by_link(given, given.subscription(given.person(), status="awaiting_signature"))


def _cancel(by: str, subscription: str) -> Call:
    return Call(cancellation.CANCEL, by, {"subscription_id": subscription}, _SAID)


def _undo(by: str, subscription: str) -> Call:
    return Call(cancellation.UNDO, by, {"subscription_id": subscription})


def _ask(contract_number: str, email: str) -> Call:
    return Call(cancellation.ASK_FOR_LINK, body={"contract_number": contract_number, "email": email})


def _by_link(given: Given, subscription: str, *, hours_ago: int = 1, job: AnyJob = cancellation.CANCEL_BY_LINK) -> Call:
    kept = given.kept(subscription)
    token = links.token(_SEED, given.cloud.keys)
    until = clock.now() - timedelta(hours=hours_ago) + cancellation.LINK_LIFE
    link = links.Link(cancellation.LINK_PURPOSE, link_subject(kept), until)
    given.write(Put(links.key(token), links.made(token, link).attributes))
    said: dict[str, Any] = _SAID if job is cancellation.CANCEL_BY_LINK else {}
    return Call(job, body={"token": f"{subscription}.{token}", **said})


def _overdue(given: Given, **fields: Any) -> tuple[str, str]:
    """A subscription whose last day is over, which nothing has come of yet."""
    last = given.today() - timedelta(days=1)
    admin = given.person()
    subscription = given.subscription(admin, given.address("one"), start=last - timedelta(days=364), end=last, **fields)
    given.write(Due(given.today(), renewal.PERIOD_OVER, subscription).put())
    return admin, subscription


def _due(given: Given, kind: str, days_left: int, **fields: Any) -> Journey:
    last = given.today() + timedelta(days=days_left)
    admin = given.person(language="fr")
    subscription = given.subscription(
        admin, given.person("colleague"), start=last - timedelta(days=364), end=last, **fields
    )
    given.write(Due(given.today(), kind, subscription).put())
    return Journey(Work("DueFunction", {}))


JOURNEYS: dict[str, Begin] = {
    "cancel": cancel,
    "undo-cancellation": undo,
    "cancel-without-account": ask_for_a_link,
    "cancel-without-account: another's contract": ask_for_another_s,
    "open-cancellation-link": open_link,
    "cancel-by-link": cancel_by_link,
    "renewal: notice": notice,
    "renewal: a new year": renew,
    "renewal: the end": end,
}
MEETINGS: dict[str, Begin] = {
    "cancel: a new year begins": cancel_on_the_day_after,
    "undo-cancellation: it ends": undo_on_the_day_after,
    "transfer: a new year begins": pass_on_the_day_after,
    "show-subscription: it ends": show_on_the_day_after,
}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("cancel", "already_cancelling"): already_cancelling,
    ("cancel", "not_active"): not_active,
    ("undo-cancellation", "not_cancelling"): not_cancelling,
    ("cancel-without-account", "too_many_tries"): too_many_tries,
    ("undo-cancellation", "used_up"): undone_too_often,
    ("open-cancellation-link", "not_found"): no_such_link_to_open,
    ("open-cancellation-link", "link_expired"): old_link_to_open,
    ("open-cancellation-link", "already_cancelling"): link_to_a_cancelled_one_to_open,
    ("open-cancellation-link", "not_active"): link_to_one_that_is_not_active_to_open,
    ("cancel-by-link", "not_found"): no_such_link,
    ("cancel-by-link", "link_expired"): old_link,
    ("cancel-by-link", "already_cancelling"): linked_to_a_cancelled_one,
    ("cancel-by-link", "not_active"): linked_to_one_that_is_not_active,
}
