"""How the guides of the section «users» are done."""

from playwright.sync_api import Locator, expect

from tests import kept
from tests.guides.reader import Reader

NEW = "new.colleague@example.com"


def add_user(reader: Reader) -> None:
    """In the form of the page."""
    subscription = reader.subscription("active")
    with reader.begins(subscription) as line:
        expect(line.locator(".user").first).to_be_visible()
        reader.pictures(line.get_by_role("tablist"), line.locator("[data-job=add-user]"))
    with reader.step("add") as (title, email, add):
        form = reader.under(title)
        reader.fills(email, NEW, form)
        reader.selects(add, form)
    assert NEW in kept.users(subscription)


def remove_user(reader: Reader) -> None:
    """In the portal up to the question, then in the form of the page."""
    subscription = reader.subscription("active")
    with reader.begins(subscription):
        pass
    with reader.step("user") as (go_on, options, remove):
        with reader.in_the_portal(subscription) as line:
            user = line.locator(".user", has_text=reader.colleague)
            reader.selects(options, user)
            reader.selects(remove, user)
            expect(user.locator("[data-question]")).to_contain_text(reader.colleague)
        reader.chooses(subscription)
        reader.page.locator("[data-job=remove-user] [data-users]").select_option(reader.colleague)
        reader.selects(go_on)
    with reader.step("confirm") as (confirm,):
        reader.pictures_the_check("remove-user")
        reader.selects(confirm)
    assert reader.colleague not in kept.users(subscription)


def transfer(reader: Reader) -> None:
    """From the portal's option on."""
    subscription = reader.subscription("active")
    begins_by_the_option(reader, subscription)
    with reader.step("user") as (administrator, go_on):
        reader.picks(administrator, reader.colleague)
        reader.selects(go_on)
    with reader.step("confirm") as (confirm,):
        reader.pictures_the_check("transfer")
        reader.selects(confirm)
        expect(reader.page.get_by_text(reader.texts("transfer.form.done_title"))).to_be_visible()
    assert kept.read_subscription(subscription).administrator == reader.colleague


def team(reader: Reader) -> None:
    """A pasted list of three lines, one of which is nobody's address."""
    subscription = reader.subscription("active-alone")
    with reader.step("sign-in"):
        reader.signs_in(reader.administrator)
    with reader.step("choose"):
        reader.chooses(subscription)
    with reader.step("list") as (emails, check):
        reader.fills(emails, "jean@example.com\nnadia.example.com\nzoe@example.com")
        reader.selects(check)
    with reader.step("confirm"):
        reader.pictures(reader.page.locator("[data-team]"))
        mended = reader.page.locator("[data-mend]:visible input")
        mended.fill("nadia@example.com")
        mended.press("Enter")
        reader.page.get_by_role("button", name=reader.texts("team.words.confirm", count=3)).click()
        expect(reader.page.get_by_text(reader.texts("team.words.done_title", count=3))).to_be_visible()
    assert len(kept.users(subscription)) == 4


def colleague(reader: Reader) -> None:
    """Out of everything that they use."""
    with reader.step("sign-in"):
        reader.signs_in(reader.administrator)
    with reader.step("look") as (email, look):
        reader.fills(email, reader.colleague)
        reader.selects(look)
    with reader.step("confirm") as (confirm,):
        reader.pictures(reader.page.locator("[data-leaver] > [data-stage=check]"))
        reader.selects(confirm)
    assert reader.colleague not in kept.users(reader.subscription("active"))


def floating_seats(reader: Reader) -> None:
    """In the portal up to the question, then in the form of the page."""
    subscription = reader.subscription("active-floating")
    with reader.begins(subscription):
        pass
    with reader.step("seat") as (seat, go_on, free, taken):
        with reader.in_the_portal(subscription) as line:
            held = reader.under(taken, line)
            reader.pictures(held)
            reader.control(free, held).first.click()
            expect(held.locator("[data-question]:visible")).to_be_focused()
        reader.chooses(subscription)
        holder = reader.field(seat).locator("option").nth(1)
        reader.picks(seat, str(holder.get_attribute("value")))
        reader.selects(go_on)
    with reader.step("confirm") as (free,):
        reader.selects(free)
        expect(reader.page.get_by_text(reader.texts("leases.free.done_title"))).to_be_visible()


def more_seats(reader: Reader) -> None:
    """More, ordered; then fewer, for which there is nothing to pay."""
    subscription = reader.subscription("active-alone")
    with reader.begins(subscription) as line:
        expect(line.get_by_role("link", name=reader.texts("seats.form.title"))).to_be_visible()
        reader.pictures(line.locator(".details"))
    for wanted in ("12", "8"):
        with reader.step("seats") as (seats, price):
            reader.fills(seats, wanted)
            reader.selects(price)
        with reader.step("confirm") as (accepted, pay, reduce):
            reader.ticks(accepted)
            reader.selects(pay if wanted == "12" else reduce)
        reader.opens_the_guide(subscription)
    stored = kept.read_subscription(subscription)
    assert (stored.seats, stored.seats_next) == (12, 8)


def takeover(reader: Reader) -> None:
    """A user asks, from the line in the portal on."""
    subscription = reader.subscription("active")
    with reader.step("sign-in"):
        reader.signs_in(reader.colleague)
    with reader.step("choose") as (left,):
        reader.opens("portal/")
        reader.selects(left, reader.page.locator(f"[id='{subscription}']"))
        is_about(reader, subscription)
    with reader.step("ask") as (why, send):
        reader.fills(why, "Nobody reads that mailbox.")
        reader.selects(send)
        expect(reader.page.get_by_text(reader.texts("takeover.form.done_title"))).to_be_visible()


def begins_by_the_option(reader: Reader, subscription: str) -> None:
    """The steps `sign-in` and `choose`: the portal's option leads to the guide, about that subscription."""
    with reader.step("sign-in"):
        reader.signs_in(reader.administrator)
    with reader.step("choose") as (tab, option):
        with reader.in_the_portal(subscription) as line:
            reader.selects(tab, line)
            reader.selects(option, line)
            is_about(reader, subscription)
        reader.chooses(subscription)


def is_about(reader: Reader, subscription: str) -> None:
    chosen: Locator = reader.page.locator("[data-subject] dl [data-slot=contract]")
    expect(chosen).to_have_text(kept.read_subscription(subscription).contract_number)


WALKS = {
    "add-user": add_user,
    "remove-user": remove_user,
    "transfer": transfer,
    "team": team,
    "colleague": colleague,
    "floating-seats": floating_seats,
    "more-seats": more_seats,
    "takeover": takeover,
}
