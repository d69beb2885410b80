"""The seats of a floating licence: taken, renewed, given back and freed, and what ends a lease."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as over_all
from hypothesis import strategies as st

from functions.shared.items import new
from functions.shared.keys import Keys
from functions.subscriptions.leases import LASTS, Lease, Seats, named, new_id, shelf_keys
from functions.subscriptions.subscription import Subscription, left, membership_key, promoted, restored, state_key
from tests import kept
from tests.desk import Client, Desk
from tests.functions.test_subscription import a_subscription
from tests.journeys.given import Given

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
KEYS = Keys(b"k" * 32)
ADMIN, USER = "admin@example.com", "user@example.com"

CAMILLE, LEA = "camille.durand@example.com", "lea.petit@example.com"
FLOATING, PRODUCT = "camille-active-floating", "PROFIS Detailing"
LEASES = "/api/access/leases"
HELD = f"/api/subscriptions/{FLOATING}/leases"


def floating(**fields: Any) -> Subscription:
    return a_subscription(**{"licence": "floating", "seats": 2, "users": 2} | fields)


def a_lease(seat: int = 1, email: str = USER, *, ago: int = 0, device: str = "Laptop", joined: int = 1) -> Lease:
    at = NOW - timedelta(minutes=ago)
    since, until = (one.isoformat(timespec="microseconds").replace("+00:00", "Z") for one in (at, at + LASTS))
    return Lease(new_id("s-1", seat, "0" * 64, "A-1", KEYS), seat, email, device, since, until, joined)


def alive(subscription: Subscription, *leases: Lease, now: datetime = NOW) -> set[int]:
    """The seats that are taken."""
    items: dict[Any, Any] = {}
    for lease in leases:
        put = Seats.read(subscription, items, NOW).written(lease)
        items[put.key] = put.attributes
    return {*Seats.read(subscription, items, now).leases}


def test_a_lease_lives_for_twenty_minutes() -> None:
    assert alive(floating(), a_lease()) == {1}
    assert alive(floating(), a_lease(), now=NOW + LASTS - timedelta(microseconds=1)) == {1}
    assert alive(floating(), a_lease(), now=NOW + LASTS) == set()


@pytest.mark.parametrize("status", ["ended", "trial_ended", "awaiting_signature", "withdrawn"])
def test_none_lives_where_the_software_may_not_be_used(status: Any) -> None:
    assert alive(floating(status=status), a_lease()) == set()


def test_the_last_day_ends_them_whether_or_not_a_worker_has_run() -> None:
    over = floating(status="cancelling", end=date(2026, 6, 30))
    assert alive(over, a_lease()) == set()


def test_fewer_seats_end_those_of_the_seats_that_are_gone() -> None:
    leases = [a_lease(seat, f"{seat}@example.com") for seat in (1, 2, 3)]
    assert alive(floating(seats=3), *leases) == {1, 2, 3}
    assert alive(floating(seats=2), *leases) == {1, 2}


def test_who_is_out_takes_the_lease_along_and_does_not_bring_it_back() -> None:
    subscription = floating(version=7)
    lease = a_lease(joined=3)
    [state, *_] = left(subscription, USER, NOW)
    gone = Subscription.stored(state.attributes)  # type: ignore[union-attr]
    assert alive(gone, lease) == set()
    # Added again, whoever it is begins anew.
    again = a_lease(2, joined=gone.version + 1)
    assert alive(gone, lease, again) == {2}
    # Nobody else's ends with it, and the mark does not stay.
    assert alive(gone, a_lease(email="other@example.com")) == {1}
    later = Subscription.stored(left(gone, "other@example.com", NOW + timedelta(hours=2))[0].attributes)  # type: ignore[union-attr]
    assert len(later.departed) == 1
    assert USER not in repr(gone.departed)


def test_the_former_administrator_is_out_too_and_so_is_one_who_gives_way() -> None:
    subscription = floating(version=7)
    passed_on = Subscription.stored(promoted(subscription, USER, NOW)[0].attributes)  # type: ignore[union-attr]
    assert alive(passed_on, a_lease(email=ADMIN), a_lease(2)) == {2}
    back = Subscription.stored(restored(passed_on, ADMIN, NOW)[0].attributes)  # type: ignore[union-attr]
    assert alive(back, a_lease(email=ADMIN), a_lease(2)) == {2}


@over_all(st.lists(st.integers(1, 40), unique=True, max_size=40), st.text("0123456789abcdef", min_size=1))
def test_a_free_seat_is_found_while_there_is_one(taken: list[int], random: str) -> None:
    leases = [a_lease(seat, f"{seat}@example.com") for seat in taken]
    items: dict[Any, Any] = {}
    for lease in leases:
        put = Seats.read(floating(seats=40), items, NOW).written(lease)
        items[put.key] = put.attributes
    seat = Seats.read(floating(seats=40), items, NOW).free(random)
    assert (seat is None) == (len(taken) == 40)
    assert seat not in taken
    assert seat is None or 1 <= seat <= 40


def test_what_is_over_goes_with_the_next_write_and_a_forgotten_shelf_is_no_other() -> None:
    shelf = shelf_keys("s-1")[0]
    old = a_lease(1, "gone@example.com", ago=30)
    read = {shelf: {"leases": [old.__dict__], "version": 5}}
    put = Seats.read(floating(seats=9), read, NOW).written(a_lease(9))
    assert "gone@example.com" not in repr(put)
    assert put.attributes["version"] == 6
    assert put.attributes["expires_at"] >= int((NOW + LASTS).timestamp())
    made = Seats.read(floating(), {}, NOW).written(a_lease())
    assert made.attributes["version"] > 10**9


def test_an_id_proves_whose_it_is() -> None:
    lease_id = new_id("s-1", 7, "ab" * 32, "A-1", KEYS)
    known = named(lease_id)
    assert known
    assert (known.subscription_id, known.seat) == ("s-1", 7)
    assert known.is_of("A-1", KEYS)
    assert not known.is_of("A-2", KEYS)
    for other in (lease_id.replace(".7.", ".8."), lease_id.replace("s-1", "s-2"), lease_id[:-1] + "0"):
        assert (found := named(other)) is None or other == lease_id or not found.is_of("A-1", KEYS)
    for nonsense in ("", "-", "s-1.7", "s-1.x." + "0" * 48, "s-1.7." + "z" * 48, "s-1.7.00"):
        assert named(nonsense) is None


# Over HTTP.


@pytest.fixture
def office(desk: Desk) -> tuple[Client, Client]:
    """The administrator and a user of a floating licence with three seats, all of them free."""
    camille = desk.client(CAMILLE)
    assert camille.post(f"/api/subscriptions/{FLOATING}/users", {"email": LEA}).status_code == 201
    for lease in camille.get(HELD).json()["items"]:
        assert camille.delete(f"{HELD}/{lease['id']}").status_code == 204
    return camille, desk.client(LEA)


def take(client: Client, device: str = "Portable", **options: Any) -> Any:
    return client.post(LEASES, {"product": PRODUCT, "device": device}, **options)


def access(client: Client) -> Any:
    return client.get(f"/api/access?product={PRODUCT}").json()


def test_the_demo_has_an_office_that_shares_three_seats(desk: Desk) -> None:
    held = desk.client(CAMILLE).get(HELD).json()["items"]
    assert [lease["device"] for lease in held] == ["Poste 12", "Portable du chantier", "Bureau"]
    refused = take(desk.client("hugo.blanc@example.com"), "Autre poste")
    assert (refused.status_code, refused.json()["code"]) == (409, "all_seats_in_use")
    assert refused.json()["holders"] == [{name: lease[name] for name in ("email", "device", "since")} for lease in held]
    # Its holder may go on with a lease of the demo's as with any other.
    chloe = desk.client("chloe.morel@example.com")
    assert chloe.post(f"{LEASES}/{held[0]['id']}/renewal").status_code == 200
    assert chloe.delete(f"{LEASES}/{held[0]['id']}").status_code == 204
    assert desk.client("hugo.blanc@example.com").post(f"{LEASES}/{held[0]['id']}/renewal").status_code == 404


def test_of_more_licences_than_can_be_read_at_once_a_device_has_one_lease_and_all_holders_are_told(desk: Desk) -> None:
    given = Given(kept.cloud())
    names = sorted(
        given.subscription(LEA, CAMILLE, product="PROFIS Shelter", licence="floating", seats=1, id=f"many-{number:02}")
        for number in range(12)
    )
    lea, camille = desk.client(LEA), desk.client(CAMILLE)

    def start(client: Client, device: str) -> Any:
        return client.post(LEASES, {"product": "PROFIS Shelter", "device": device})

    taken = [start(lea, f"Poste {number}").json() for number in range(12)]
    assert [lease["subscription_id"] for lease in taken] == names
    refused = start(camille, "Portable")
    assert (refused.status_code, refused.json()["code"]) == (409, "all_seats_in_use")
    assert {holder["device"] for holder in refused.json()["holders"]} == {f"Poste {number}" for number in range(12)}
    assert lea.delete(f"{LEASES}/{taken[0]['id']}").status_code == 204
    again = start(lea, "Poste 11")
    assert (again.status_code, again.json()["id"]) == (200, taken[11]["id"])


def test_behind_a_thousand_others_a_licence_is_found_and_the_floating_one_before_them_waits(desk: Desk) -> None:
    given = Given(kept.cloud())
    other = {"role": "user", "product": "PROFIS Pier", "licence": "individual", "joined": 1}
    given.write(*(new(membership_key(f"many-{number:04}", LEA), other) for number in range(1000)))
    floating = given.subscription(LEA, product="PROFIS Quay", licence="floating", id="a-floating")
    path = "/api/access?product=PROFIS Quay"
    assert desk.client(LEA).get(path).json()["subscription_id"] == floating
    individual = given.subscription(LEA, product="PROFIS Quay", id="z-individual")
    assert desk.client(LEA).get(path).json()["subscription_id"] == individual


def test_taken_renewed_and_given_back(office: tuple[Client, Client], desk: Desk) -> None:
    camille, lea = office
    assert access(lea) == {**access(lea), "licence": "floating", "seats": 3, "in_use": 0}
    first = take(lea)
    lease = first.json()
    assert first.status_code == 201
    assert lease == {**lease, "subscription_id": FLOATING, "device": "Portable", "seats": 3, "in_use": 1}
    assert datetime.fromisoformat(lease["expires_at"]) - datetime.fromisoformat(lease["since"]) == LASTS

    desk.advance("15m")
    again = take(lea)
    assert (again.status_code, again.json()["id"], again.json()["since"]) == (200, lease["id"], lease["since"])
    assert again.json()["expires_at"] > lease["expires_at"]
    other = take(lea, "Poste fixe")
    assert (other.status_code, other.json()["in_use"]) == (201, 2)

    desk.advance("15m")
    renewed = lea.post(f"{LEASES}/{lease['id']}/renewal")
    assert (renewed.status_code, renewed.json()["in_use"]) == (200, 2)
    desk.advance("6m")
    # The other device gave no sign of life.
    assert access(lea)["in_use"] == 1
    assert lea.post(f"{LEASES}/{other.json()['id']}/renewal").json()["code"] == "lease_ended"
    assert [one["id"] for one in camille.get(HELD).json()["items"]] == [lease["id"]]
    for _ in range(2):
        assert lea.delete(f"{LEASES}/{lease['id']}").status_code == 204
    assert lea.post(f"{LEASES}/{lease['id']}/renewal").status_code == 410
    assert access(lea)["in_use"] == 0


def test_nobody_elses_lease_is_ones_own(office: tuple[Client, Client]) -> None:
    camille, lea = office
    lease = take(lea).json()["id"]
    for refused in (
        camille.post(f"{LEASES}/{lease}/renewal"),
        camille.delete(f"{LEASES}/{lease}"),
        lea.delete(f"{LEASES}/{lease[:-1]}x"),
        lea.post(f"{LEASES}/unknown/renewal"),
        camille.delete(f"{HELD}/unknown"),
        camille.delete(f"/api/subscriptions/camille-active/leases/{lease}"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert lea.get(HELD).status_code == 403
    assert lea.delete(f"{HELD}/{lease}").status_code == 403
    assert lea.post(f"{LEASES}/{lease}/renewal").status_code == 200


def test_an_individual_licence_comes_first(office: tuple[Client, Client]) -> None:
    _, lea = office
    kept.write_subscription(CAMILLE, date(2028, 1, 1), LEA, product=PRODUCT)
    assert access(lea) == {
        "allowed": True,
        "subscription_id": "one-of-my-own",
        "until": "2028-01-01",
        "licence": "individual",
    }
    refused = take(lea)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_lease_needed")


def test_the_first_licence_with_a_free_seat_is_taken(office: tuple[Client, Client]) -> None:
    camille, lea = office
    kept.write_subscription(CAMILLE, date(2028, 1, 1), LEA, id="another", product=PRODUCT, licence="floating", seats=1)
    where = [take(lea, f"Poste {number}").json().get("subscription_id") for number in range(5)]
    assert where == ["another", FLOATING, FLOATING, FLOATING, None]
    assert take(camille).json()["code"] == "all_seats_in_use"
    assert len(take(camille).json()["holders"]) == 4


def test_without_access_there_is_none(desk: Desk) -> None:
    refused = take(desk.client("noor.haddad@example.com"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert desk.client("noor.haddad@example.com").get(f"/api/access?product={PRODUCT}").json() == {
        "allowed": False,
        "subscription_id": None,
        "until": None,
        "licence": None,
    }


def test_a_freed_seat_is_freed_and_leaves_no_history(office: tuple[Client, Client]) -> None:
    camille, lea = office
    lease = take(lea, "Portable du chantier").json()["id"]
    before = len(kept.events(FLOATING))
    assert camille.delete(f"{HELD}/{lease}").status_code == 204
    assert camille.get(HELD).json() == {"items": [], "next": None}
    assert lea.post(f"{LEASES}/{lease}/renewal").json()["code"] == "lease_ended"
    assert camille.delete(f"{HELD}/{lease}").status_code == 404
    assert len(kept.events(FLOATING)) == before
    # Who starts the software again has a seat again.
    assert take(lea).status_code == 201


def test_a_removal_ends_the_lease_and_being_added_again_does_not_bring_it_back(office: tuple[Client, Client]) -> None:
    camille, lea = office
    users = f"/api/subscriptions/{FLOATING}/users"
    lease = take(lea).json()["id"]
    assert camille.delete(f"{users}/{LEA}").status_code == 204
    assert access(camille)["in_use"] == 0
    assert camille.get(HELD).json()["items"] == []
    assert lea.post(f"{LEASES}/{lease}/renewal").json()["code"] == "lease_ended"
    assert camille.post(users, {"email": LEA}).status_code == 201
    assert access(lea)["in_use"] == 0
    assert lea.post(f"{LEASES}/{lease}/renewal").json()["code"] == "lease_ended"
    assert take(lea).status_code == 201


def test_a_transfer_ends_the_former_administrators(office: tuple[Client, Client]) -> None:
    camille, lea = office
    lease, lease_of_lea = take(camille).json()["id"], take(lea).json()["id"]
    transfer = f"/api/subscriptions/{FLOATING}/administrator"
    assert camille.post(transfer, {"email": LEA}).status_code == 200
    assert [one["email"] for one in lea.get(HELD).json()["items"]] == [LEA]
    assert camille.post(f"{LEASES}/{lease}/renewal").json()["code"] == "lease_ended"
    assert lea.post(f"{LEASES}/{lease_of_lea}/renewal").status_code == 200


def test_a_device_has_a_name_that_can_be_seen(office: tuple[Client, Client]) -> None:
    _, lea = office
    for device in ("", " \u200b ", "x" * 65, "a\nb", None):
        refused = lea.post(LEASES, {"product": PRODUCT, "device": device})
        assert refused.json()["errors"][0]["field"] == "device", device
    assert take(lea, " x" * 32).status_code == 201


def test_the_same_key_takes_once(office: tuple[Client, Client]) -> None:
    _, lea = office
    first, again = take(lea, key="k"), take(lea, key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    extended = [take(lea, key="l"), take(lea, key="l")]
    assert [(one.status_code, one.json()) for one in extended] == [(200, extended[0].json())] * 2


def test_no_log_tells_who_works_when(office: tuple[Client, Client], capsys: pytest.CaptureFixture[str]) -> None:
    camille, lea = office
    lease = take(lea, "Zanzibar").json()["id"]
    take(lea, "Zanzibar")
    lea.post(f"{LEASES}/{lease}/renewal")
    camille.delete(f"{HELD}/{lease}")
    said = capsys.readouterr().out
    assert "take-lease" in said
    assert "Zanzibar" not in said
    assert lease not in said
    lines = [json.loads(line) for line in said.splitlines() if '"job"' in line]
    assert all("person" not in line for line in lines if line["job"] in ("take-lease", "renew-lease"))
    assert any("person" in line for line in lines)


def test_holders_come_page_by_page(office: tuple[Client, Client]) -> None:
    camille, lea = office
    devices = [f"Poste {number}" for number in range(3)]
    for device in devices:
        take(lea, device)
    first = camille.get(f"{HELD}?limit=2").json()
    rest = camille.get(f"{HELD}?limit=2&cursor={first['next']}").json()
    assert [one["device"] for one in first["items"] + rest["items"]] == devices
    assert rest["next"] is None


def test_the_stored_leases_are_not_in_the_items_of_the_subscription(office: tuple[Client, Client]) -> None:
    """What leases change is their shelf: who changes the subscription at that time is in nobody's way."""
    camille, lea = office
    version = kept.item(state_key(FLOATING))["version"]
    take(lea)
    assert kept.item(state_key(FLOATING))["version"] == version
    assert camille.get(f"/api/subscriptions/{FLOATING}").json()["seats_used"] == 3
