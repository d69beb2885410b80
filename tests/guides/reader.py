"""A reader who does what a guide's steps say, and finds every control by the label that the step quotes in bold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from functions.shared.texts import Language, Texts
from infra.local.demo import PASSWORD
from tests.desk import Desk
from tests.guides import album

# Who administers a subscription in every state, and who uses some of them; in other languages than theirs, the English.
ALEX, SAM = "alex.morgan@example.com", "sam.taylor@example.com"
ADMINISTRATORS: Mapping[Language, str] = {"fr": "camille.durand@example.com"}
COLLEAGUES: Mapping[Language, str] = {"fr": "lea.petit@example.com"}
# Each step's key and the labels that it quotes, but not what live steps say of it.
_STEPS = """items => items.map(item => [item.dataset.step,
  [...item.querySelectorAll("strong:not(.step-state)")].map(label => label.textContent)])"""
# Until what has just arrived is shown.
_SHOWN = "() => new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))"
# The nearest thing around a heading, legend or label that can be operated.
_AROUND = "xpath=ancestor::*[.//input or .//button or .//select or .//textarea][1]"


class Reader:
    """One who has a guide open in their language, and follows it on the very page that they read."""

    def __init__(self, page: Page, desk: Desk, language: Language, guide: str) -> None:
        self.page = page
        self.desk = desk
        self.language = language
        self.texts = Texts(language)
        self.guide = guide
        self._asked = self._answered = 0
        page.on("request", self._asks)
        page.on("requestfinished", self._hears)
        page.on("requestfailed", self._hears)
        self.administrator, self.colleague = ADMINISTRATORS.get(language, ALEX), COLLEAGUES.get(language, SAM)
        self.opens_the_guide()
        steps = page.locator("[data-step]").evaluate_all(_STEPS)
        self._labels: dict[str, list[str]] = dict(steps)
        self._found: dict[str, set[str]] = {}
        self._key = ""
        self._shows_pictures = page.locator(".shown img").count() > 0
        self._held_pictures = False

    def opens(self, path: str) -> None:
        """Go to a page of the reader's language."""
        self.page.goto(f"{self.texts.root}{path}")

    def opens_the_guide(self, about: str = "") -> None:
        """Go to the guide, about a subscription if one is named."""
        self.opens(f"{self.guide}/{f'?subscription={about}' if about else ''}")
        expect(self.page.locator("[data-stage=loading]:visible")).to_have_count(0)

    def subscription(self, state: str) -> str:
        """The name of the administrator's subscription in a state of the demo's."""
        return f"{self.administrator.partition('.')[0]}-{state}"

    @contextmanager
    def step(self, key: str, becomes: str = "done") -> Iterator[Sequence[str]]:
        """Do one step: the labels that it quotes, each of which is to be found. One may be come back to.

        Where the guide says how far its reader is, it says afterwards what the step has become.
        """
        assert key in self._labels, f"{self.guide}: no step has the key {key}: {', '.join(self._labels)}"
        self._found.setdefault(key, set())
        self._key = key
        yield tuple(self._labels[key])
        if self._is_live():
            expect(self.page.locator(f"[data-step={key}]")).to_have_attribute("data-state", becomes)

    def is_away(self, key: str) -> None:
        """Do a step that is not done at the desk: there is nothing to select and nowhere to go."""
        with self.step(key) as labels:
            assert not labels, f"{self.guide}: {key} quotes {labels}"
            expect(self.links()).to_have_count(0)

    def finishes(self) -> None:
        """Fail when the guide has a step that was not done, or in another order, or quotes what was not looked for.

        So it does when it shows what was not taken.
        """
        assert list(self._found) == list(self._labels), f"{self.guide}: done were {', '.join(self._found)}"
        left = {key: [one for one in labels if one not in self._found[key]] for key, labels in self._labels.items()}
        assert not any(left.values()), f"{self.guide}: nobody looked for {left}"
        assert self._held_pictures == self._shows_pictures, f"{self.guide}: is its picture taken, and shown?"

    def links(self) -> Locator:
        """Where the step leads to."""
        return self.page.locator(f"[data-step={self._key}] a")

    def control(self, label: str, place: Locator | None = None) -> Locator:
        """What is pressed or followed and says just that."""
        says = re.compile(rf"^\s*{re.escape(self._quoted(label))}\s*$")
        return self._seen(label, (place or self.page).locator(":is(button, a, summary):visible").filter(has_text=says))

    def selects(self, label: str, place: Locator | None = None) -> None:
        """Press or follow it."""
        self.control(label, place).click()

    def field(self, label: str, place: Locator | None = None) -> Locator:
        """The field of that label, which may be said to be optional."""
        optional = re.escape(self.texts("forms.optional"))
        says = re.compile(rf"^\s*{re.escape(self._quoted(label))}\s*(?:{optional})?\s*$")
        return self._seen(label, (place or self.page).get_by_label(says).locator("visible=true"))

    def fills(self, label: str, value: str, place: Locator | None = None) -> None:
        """Type into it."""
        self.field(label, place).fill(value)

    def picks(self, label: str, value: str, place: Locator | None = None) -> None:
        """Choose from its list."""
        self.field(label, place).select_option(value)

    def ticks(self, label: str, place: Locator | None = None) -> None:
        """Choose or tick it."""
        self.field(label, place).check()

    def hands_over(self, label: str, *files: Any, place: Locator | None = None) -> None:
        """Choose files in it."""
        self.field(label, place).set_input_files(list(files))

    def under(self, label: str, place: Locator | None = None) -> Locator:
        """What stands under that heading, with something to operate in it."""
        says = re.compile(rf"^\s*{re.escape(self._quoted(label))}\s*$")
        titles = (place or self.page).locator(":is(h2, h3, h4, legend, label):visible").filter(has_text=says)
        return self._seen(label, titles.locator(_AROUND))

    def signs_in(self, email: str, password: str = PASSWORD) -> None:
        """On the page, in the form that it shows whoever is not signed in."""
        form = self.page.locator("[data-job=sign-in]:visible")
        form.get_by_label(self.texts("session.sign_in.fields.email.label")).fill(email)
        form.get_by_label(self.texts("session.sign_in.fields.password.label"), exact=True).fill(password)
        form.get_by_role("button", name=self.texts("session.sign_in.submit")).click()
        expect(self.page.locator("[data-who]")).to_have_text(email)

    def chooses(self, subscription: str) -> None:
        """What the page is about."""
        self.page.locator(f"[data-subject] button[value='{subscription}']").click()
        expect(self.page.locator("[data-subject] [data-stage=chosen]")).to_be_focused()

    @contextmanager
    def in_the_portal(self, subscription: str) -> Iterator[Locator]:
        """Meanwhile the portal is open, and in it the software's line; then the guide again."""
        self.opens("portal/")
        line = self.page.locator(f"[id='{subscription}']")
        line.locator("[data-toggle-line]").click()
        expect(line.get_by_role("tablist")).to_be_visible()
        yield line
        self.opens_the_guide()

    @contextmanager
    def begins(self, subscription: str) -> Iterator[Locator]:
        """Do the steps `sign-in` and `choose`: meanwhile that tab of the line is open; then the page is about it."""
        with self.step("sign-in"):
            self.signs_in(self.administrator)
        with self.step("choose") as (tab,):
            with self.in_the_portal(subscription) as line:
                self.selects(tab, line)
                yield line
            self.chooses(subscription)

    def pictures(self, *places: Locator) -> None:
        """The guide's picture shows what is seen now, from the first of the places to the last."""
        self._stands_still()
        album.hold(self.page, places, self.language, self.guide)
        self._held_pictures = True

    def pictures_the_check(self, job: str) -> None:
        """The guide's picture shows what the job would change, and how that is confirmed."""
        check = self.page.locator(f"[data-job={job}] > [data-stage=check]")
        self.pictures(check.locator(".job__effects-title"), check.locator(".job__send"))

    def _stands_still(self) -> None:
        """Nothing that was asked for is still to come: a list that is read again would change what is pictured."""
        answered = -1
        while answered < self._asked:
            answered = self._answered
            self.page.evaluate(_SHOWN)

    def _asks(self, _: Request) -> None:
        self._asked += 1

    def _hears(self, _: Request) -> None:
        self._answered += 1

    def _quoted(self, label: str) -> str:
        assert label in self._labels[self._key], f"{self.guide}: {self._key} does not quote {label}"
        self._found[self._key].add(label)
        return label

    def _seen(self, label: str, found: Locator) -> Locator:
        expect(found.first, f"{self.guide}: {self._key}: «{label}» is not to be seen").to_be_visible()
        return found

    def _is_live(self) -> bool:
        is_here = f"/{self.guide}/" in self.page.url
        return is_here and self.page.locator("[data-live]").count() > 0
