"""Forms come from the models and the texts alone: every kind of field, in both languages."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Annotated, Literal

import pytest
from pydantic import Field as Rule

from functions.shared.fields import Comment, EmailAddress, Line, Password, RequestModel
from functions.shared.texts import LANGUAGES, Language, Texts
from theme.build import ROOT
from theme.failure import BuildFailed
from theme.forms.fields import fields
from theme.forms.render import Page
from theme.guides import Guides
from theme.jobs import job, jobs

GUIDES = {language: Guides.read(ROOT / "docs", language) for language in LANGUAGES}
# The jobs whose forms the guides hold.
HELD = sorted({name for guide in GUIDES["en"].all for name in guide.forms})


class Everything(RequestModel):
    """One field of each kind."""

    email: EmailAddress
    password: Password
    company: Line
    reason: Literal["too_expensive", "other"]
    accepted: Literal[True]
    newsletter: bool
    quantity: Annotated[int, Rule(ge=1, le=999)]
    code: Annotated[str, Rule(pattern=r"^\d{6}$")]
    comment: Comment | None = None


def test_each_kind_of_field_is_known_from_the_models_schema() -> None:
    assert {field.name: field.kind for field in fields(Everything)} == {
        "email": "email",
        "password": "password",
        "company": "text",
        "reason": "choice",
        "accepted": "agreement",
        "newsletter": "checkbox",
        "quantity": "number",
        "code": "code",
        "comment": "long_text",
    }


def test_rules_and_hints_for_the_browser_come_along() -> None:
    by_name = {field.name: field for field in fields(Everything)}

    assert [name for name, field in by_name.items() if not field.required] == ["comment"]
    assert by_name["reason"].choices == ("too_expensive", "other")
    assert by_name["email"].autocomplete == "email"
    assert by_name["password"].autocomplete == "current-password"
    assert by_name["code"].autocomplete == "one-time-code"
    assert by_name["company"].autocomplete == "organization"
    assert by_name["comment"].autocomplete == "off"


def test_a_field_that_no_form_can_ask_for_is_refused() -> None:
    class Nested(RequestModel):
        lines: list[str]

    with pytest.raises(ValueError, match="lines"):
        fields(Nested)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", HELD)
def test_every_form_asks_in_the_pages_language(language: Language, name: str) -> None:
    form, texts = job(name).form, Texts(language)
    html = rendered(language, name)

    assert form
    assert html.one(id=f"{name}-title").text == texts(f"{form.texts}.title")
    for field in fields(form.asks or job(name).body):
        if field.kind in ("email", "password", "text", "code", "number", "long_text"):
            assert html.one(for_=f"{name}-{field.name}").text == texts(f"{form.texts}.fields.{field.name}.label")
        key = f"{form.texts}.fields.{field.name}.hint"
        hint = texts(key) if key in texts else ""
        hints = html.all(id=f"{name}-{field.name}-hint")
        assert [element.text for element in hints] == ([hint] if hint else [])


def test_the_sign_in_form_helps_browsers_and_password_managers() -> None:
    html = rendered("en", "sign-in")

    helped = {"type": "email", "autocomplete": "email", "spellcheck": "false", "aria-describedby": "sign-in-email-hint"}
    assert html.one(name="email").attributes.items() >= helped.items()
    assert (
        html.one(name="password").attributes.items() >= {"type": "password", "autocomplete": "current-password"}.items()
    )


def test_a_form_about_a_subscription_asks_to_sign_in_and_offers_a_choice_in_place() -> None:
    html = rendered("en", "add-user")

    # The form itself is the page's, once for all of its blocks.
    # Once more in the job that helps where no seat is left.
    assert len(html.all(data_stage="sign-in")) == 2
    assert html.all(data_job="sign-in") == []
    assert html.one(id="subject-title").text == Texts("en")("users.add.title")
    # The address asked for is a colleague's: the reader's own is no help.
    assert html.one(id="add-user-email").attributes["autocomplete"] == "off"


def test_answers_are_checked_before_what_cannot_be_undone() -> None:
    assert rendered("en", "remove-user").one(data_stage="check").tag == "form"
    assert rendered("en", "start-trial").all(data_stage="check") == []


def test_the_forms_of_the_guides_are_those_that_no_block_of_their_own_asks() -> None:
    of_their_own = {"accept-terms", "sign", "place-order", "register", "confirm-registration"}
    assert set(HELD) == {one.name for one in jobs().values() if one.form} - of_their_own


def test_the_portals_options_are_what_the_jobs_say_in_their_order() -> None:
    html = Elements(Page(GUIDES["fr"]).plain("portal"))

    options = [element for element in html.found if "data-option" in element.attributes]
    offered = {one.action: one.form for one in jobs().values() if one.form and one.form.option}
    assert [option.attributes["data-option"] for option in options] == list(offered)
    assert [option.attributes.get("data-hidden-by") for option in options] == [
        form.hidden_by and form.hidden_by.name for form in offered.values()
    ]
    assert {"transfer", "cancel", "undo_cancellation"} <= offered.keys()
    for name, page in (("transfer", "transfer"), ("cancel", "cancel"), ("undo-cancellation", "cancel")):
        assert html.one(href=f"/fr/{page}/#{name}-title").text


def test_an_unknown_form_fails() -> None:
    with pytest.raises(BuildFailed, match="no-such-form"):
        Page(GUIDES["en"]).form("no-such-form")


class Elements(HTMLParser):
    """The elements of a form, in order, with the text that each begins with."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attributes}))

    def handle_data(self, data: str) -> None:
        if self.found and not self.found[-1].text:
            self.found[-1].text = data.strip()

    def all(self, **wanted: str) -> list["Element"]:
        """Those with these attributes; `_` stands for `-`, and for nothing at a name's end."""
        names = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [element for element in self.found if names.items() <= element.attributes.items()]

    def one(self, **wanted: str) -> "Element":
        (element,) = self.all(**wanted)
        return element


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


def rendered(language: Language, name: str) -> Elements:
    return Elements(Page(GUIDES[language]).form(name))
