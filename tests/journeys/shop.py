"""How a product is tried, an edition chosen and an order placed, and why they are not."""

import secrets
from datetime import timedelta
from typing import Any

from functions.shared import clock
from functions.shared.due import Due
from functions.shared.items import Put, new
from functions.subscriptions import orders, trial
from functions.subscriptions.billing import Billing, vat_on
from functions.subscriptions.choose_edition import CHOOSE
from functions.subscriptions.fetch_confirmation import FETCH
from functions.subscriptions.order import Order, order_key
from functions.subscriptions.place_order import ORDERS, PLACE, OrderedLine, priced
from functions.subscriptions.preview_order import PREVIEW
from functions.subscriptions.reference import reference
from functions.subscriptions.show_catalogue import SHOW
from functions.subscriptions.start_trial import START
from functions.subscriptions.trial import trial_key
from tests.journeys import Begin, Call, Journey, Refuse, Work
from tests.journeys.given import Given

PRODUCT = "PROFIS Engineering"
SEATS = {"product": PRODUCT, "licence": "individual", "quantity": 3}
ARTICLE = {"product": "LM-20", "quantity": 1}
ADDRESS = {"company": "Durand", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris", "country": "FR"}


def show_catalogue(given: Given) -> Journey:
    return Journey(Call(SHOW, query="limit=2"))


def start_trial(given: Given) -> Journey:
    someone = given.person(language="fr")
    return Journey(_start(someone), rivals=(_start(someone),))


def choose_edition(given: Given) -> Journey:
    admin = given.person()
    subscription = _trial(given, admin, days_left=-1)
    choose = _choose(admin, subscription)
    return Journey(choose, rivals=(choose,))


def choose_edition_as_the_trial_ends(given: Given) -> Journey:
    admin = given.person()
    subscription = _trial(given, admin, days_left=-1)
    given.write(Due(given.today(), trial.OVER, subscription).put())
    return Journey(_choose(admin, subscription))


def trial_ends_soon(given: Given) -> Journey:
    return _due(given, trial.LAST_NOTICE, days_left=1)


def trial_is_over(given: Given) -> Journey:
    return _due(given, trial.OVER, days_left=-1)


def preview_order(given: Given) -> Journey:
    return Journey(_order(given.person(), SEATS, ARTICLE, job=PREVIEW))


def place_order(given: Given) -> Journey:
    admin = given.person(language="fr")
    return Journey(
        _order(admin, SEATS, {"product": "PROFIS Rebar", "licence": "floating", "quantity": 2}, reference="PO 4711"),
        rivals=(_order(admin, SEATS), _order(admin, ARTICLE)),
    )


def place_a_long_order(given: Given) -> Journey:
    """Of more lines than are opened at once where the crashes are tried (tests/crash/conftest.py)."""
    return Journey(_order(given.person(), SEATS, SEATS, SEATS))


def list_orders(given: Given) -> Journey:
    admin = given.person()
    for _ in range(3):
        placed(given, admin)
    return Journey(Call(orders.LIST, admin, query="limit=2"))


def show_order(given: Given) -> Journey:
    admin = given.person()
    return Journey(Call(orders.SHOW, admin, {"order_id": placed(given, admin)}))


def fetch_confirmation(given: Given) -> Journey:
    admin = given.person()
    return Journey(Call(FETCH, admin, {"order_id": placed(given, admin)}))


def trial_used(given: Given) -> Call:
    someone = given.person()
    given.write(Put(trial_key(someone, PRODUCT), {"subscription": "s-1", "started_at": clock.rfc3339(clock.now())}))
    return _start(someone)


def trial_running(given: Given) -> Call:
    admin = given.person()
    return _choose(admin, _trial(given, admin, days_left=0))


def not_a_trial(given: Given) -> Call:
    admin = given.person()
    return _choose(admin, given.subscription(admin))


def edition_already_chosen(given: Given) -> Call:
    admin = given.person()
    return _choose(admin, given.subscription(admin, edition="standard"))


def mixed_order(given: Given) -> Call:
    return _order(given.person(), SEATS, ARTICLE)


def ordered_too_often(given: Given) -> Call:
    admin = given.person()
    given.use_up(ORDERS, admin)
    return _order(admin, SEATS)


def price_changed(given: Given) -> Call:
    return _order(given.person(), SEATS, total=1)


def _start(by: str) -> Call:
    return Call(START, by, body={"product": PRODUCT})


def _choose(by: str, subscription: str) -> Call:
    return Call(CHOOSE, by, {"subscription_id": subscription}, {"edition": "standard"})


def _trial(given: Given, admin: str, days_left: int) -> str:
    last = given.today() + timedelta(days=days_left)
    return given.subscription(admin, status="trial", seats=1, start=last - timedelta(days=29), end=last)


def _due(given: Given, kind: str, days_left: int) -> Journey:
    subscription = _trial(given, given.person(language="fr"), days_left)
    given.write(Due(given.today(), kind, subscription).put())
    return Journey(Work("DueFunction", {}))


def _order(by: str, *lines: dict[str, Any], job: Any = PLACE, **fields: Any) -> Call:
    return Call(job, by, body={"lines": list(lines), "billing": ADDRESS, "terms": True} | fields)


def placed(given: Given, by: str) -> str:
    """An order of one article, and its id."""
    billing = Billing.model_validate(ADDRESS)
    lines = priced([OrderedLine.model_validate(ARTICLE)])
    seed = secrets.token_hex(32)
    one = Order(
        id=reference(clock.now(), seed),
        by=by,
        placed_at=clock.now(),
        lines=lines,
        billing=billing.model_dump(exclude_none=True),
        vat=vat_on(lines[0].amount, billing.country, None),
        seed=seed,
    )
    given.write(new(order_key(by, one.id), one.attributes()))
    return one.id


JOURNEYS: dict[str, Begin] = {
    "show-catalogue": show_catalogue,
    "start-trial": start_trial,
    "choose-edition": choose_edition,
    "trial: ends soon": trial_ends_soon,
    "trial: is over": trial_is_over,
    "preview-order": preview_order,
    "place-order": place_order,
    "place-order: a long one": place_a_long_order,
    "list-orders": list_orders,
    "show-order": show_order,
    "fetch-confirmation": fetch_confirmation,
}
MEETINGS: dict[str, Begin] = {"choose-edition: the trial ends": choose_edition_as_the_trial_ends}
REFUSALS: dict[tuple[str, str], Refuse] = {
    ("start-trial", "trial_used"): trial_used,
    ("choose-edition", "trial_running"): trial_running,
    ("choose-edition", "not_a_trial"): not_a_trial,
    ("choose-edition", "edition_already_chosen"): edition_already_chosen,
    ("place-order", "mixed_order"): mixed_order,
    ("place-order", "price_changed"): price_changed,
    ("place-order", "used_up"): ordered_too_often,
}
