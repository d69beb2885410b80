"""Renders the desk's blocks in a page's language."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from functions.onboarding.papers import PAPERS
from functions.shared.form import Form
from functions.shared.terms import CURRENT, terms
from functions.shared.texts import LANGUAGES, Language, Texts
from theme.forms.fields import Field, countries, fields
from theme.forms.steps import STEPS, Step

if TYPE_CHECKING:
    from functions.subscriptions.catalogue import Catalogue

SIGN_IN = "sign-in"


@dataclass(frozen=True)
class Guide:
    """A guide as the navigation names it."""

    title: str
    path: str
    description: str


@dataclass(frozen=True)
class Section:
    """A section of the navigation."""

    title: str
    guides: Sequence[Guide]


class Page:
    """What a block knows of the page it stands on."""

    def __init__(self, language: Language, sections: Sequence[Section]) -> None:
        self.texts = Texts(language)
        self.sections = sections
        self.root = "/" if language == LANGUAGES[0] else f"/{language}/"

    def form(self, name: str) -> str:
        """A job's form. Raises KeyError for a form that does not exist or a text that is missing."""
        return self._rendered("form", form=_forms()[name])

    def portal(self) -> str:
        """The portal. Raises KeyError for a text that is missing."""
        return self._rendered("portal", forms=_forms())

    def jobs(self) -> str:
        """Every guide, to choose from. Raises KeyError for a text that is missing."""
        return self._rendered("jobs", sections=self.sections)

    def products(self) -> str:
        """The catalogue, to choose from. Raises KeyError for a text that is missing."""
        return self._rendered("products", **self._shop())

    def product(self, name: str) -> str:
        """One product, by its page's name. Raises KeyError for one that does not exist."""
        shop = self._shop()
        found = {product.page: product for product in shop["catalogue"].products}
        return self._rendered("product", product=found[name], **shop)

    def order(self) -> str:
        """The cart, and the order that it becomes. Raises KeyError for a text that is missing."""
        from functions.subscriptions.order import FORM

        return self._rendered("order", form=FORM, **self._shop())

    def orders(self) -> str:
        """The reader's orders. Raises KeyError for a text that is missing."""
        return self._rendered("orders")

    def activation(self) -> str:
        """The way from the terms to the signed contract. Raises KeyError for a text that is missing."""
        from functions.subscriptions.signature import SIGN_FORM
        from functions.subscriptions.terms import ACCEPT_FORM

        every_terms = [{"texts": Texts(language), "articles": _articles(language)} for language in LANGUAGES]
        return self._rendered(
            "activation", accept_form=ACCEPT_FORM, sign_form=SIGN_FORM, every_terms=every_terms, terms_version=CURRENT
        )

    def contract(self) -> str:
        """The reader's contracts. Raises KeyError for a text that is missing."""
        return self._rendered("fetch_contract")

    def verification(self) -> str:
        """Whether a file is a contract of ours. Raises KeyError for a text that is missing."""
        return self._rendered("verification")

    def _shop(self) -> dict[str, Any]:
        """What the catalogue's blocks show it with."""
        from functions.subscriptions.catalogue import catalogue, price

        return {"catalogue": catalogue(), "price": partial(price, language=self.texts.language)}

    def cart_words(self) -> Mapping[str, Any]:
        """What the script says that puts a product into the cart."""
        names = ("done", "quantity_wrong", "licence_missing", "full")
        return self._faults_words() | {name: self.texts.entry(f"catalogue.add.{name}") for name in names}

    def order_words(self) -> Mapping[str, Any]:
        """What the scripts of the order and of the orders say, their placeholders still to be filled."""
        names = ("cart", "check", "done", "list", "vat")
        return (
            self._faults_words()
            | {name: self.texts.entry(f"orders.{name}") for name in names}
            | {
                "sending": self.texts.entry("forms.sending"),
                "quantity_wrong": self.texts.entry("catalogue.add.quantity_wrong"),
            }
        )

    def _faults_words(self) -> dict[str, Any]:
        return {name: self.texts.entry(f"forms.{name}") for name in ("error_title", "field_error")}

    def wares(self, catalogue: "Catalogue") -> Mapping[str, Any]:
        """What the cart's script must know of each product."""
        return {
            product.product: {
                "name": product.name(self.texts.language),
                "family": product.family,
                "families": catalogue.families[product.family].name(self.texts.language),
                "edition": product.ordered,
                "unit_price": product.unit_price,
            }
            for product in catalogue.products
        }

    def fields(self, form: Form) -> list[Field]:
        """What the form asks."""
        return fields(form.model)

    def settings(self, form: Form, asked: Sequence[Field]) -> Mapping[str, Any]:
        """What the form's script must know."""
        return {
            "method": form.method,
            "path": form.path,
            "sendsBody": form.job.body is not None,
            "signedIn": form.signed_in,
            "about": form.about,
            "action": form.action,
            "opens": form.opens and form.opens.path,
            "fields": {field.name: field.kind for field in asked},
            "required": [field.name for field in asked if field.required],
        }

    def words(self, form: Form) -> Mapping[str, Any]:
        """What the form's script says, its placeholders still to be filled."""
        words = self._faults_words() | {"sending": self.texts.entry("forms.sending")}
        words["required"] = self.texts.entry("fields.errors.required")
        if form.about == "subscription":
            words |= {"option": self.texts.entry("forms.subscription.option"), "reasons": self.texts.entry("reasons")}
        if not opens_session(form):
            words |= {name: self.texts.entry(f"{form.texts}.{name}") for name in ("done_title", "done")}
        for name in ("about", "effects"):
            if (key := f"{form.texts}.{name}") in self.texts:
                words[name] = self.texts.entry(key)
        if any(field.kind == "user" for field in self.fields(form)):
            words["invited"] = self.texts.entry("forms.subscription.invited")
        return words

    def live_steps(self, guide: str) -> str:
        """Where the reader stands in a guide's steps. Raises KeyError for a guide without such steps."""
        return self._rendered("live-steps", steps=STEPS[guide])

    def live_words(self) -> Mapping[str, Any]:
        """What the script of the live steps says, its placeholders still to be filled."""
        option = self.texts.entry("forms.subscription.option")
        return {**self.texts.entry("live"), "reasons": self.texts.entry("reasons"), "option": option}

    def live_settings(self, steps: Sequence[Step]) -> list[Mapping[str, Any]]:
        """What the script of the live steps must know of each."""
        return [asdict(step) for step in steps]

    def portal_words(self) -> Mapping[str, Any]:
        """What the portal's script says, its placeholders still to be filled."""
        names = ("tabs", "as_user", "seats", "floating_seats", "licence", "status", "next", "users")
        words = {name: self.texts.entry(f"portal.{name}") for name in names}
        return words | {"reasons": self.texts.entry("reasons")}

    def documents(self) -> str:
        """The reader's papers. Raises KeyError for a text that is missing."""
        return self._rendered("documents")

    def account_status(self) -> str:
        """Where the reader's account stands. Raises KeyError for a text that is missing."""
        return self._rendered("account-status")

    def reviews(self) -> str:
        """The staff's desk. Raises KeyError for a text that is missing."""
        return self._rendered("reviews")

    def document_words(self) -> Mapping[str, Any]:
        """What the script of the documents says."""
        texts = self.texts.entry
        return {
            **self._faults_words(),
            **texts("documents.page.words"),
            "required": texts("fields.errors.required"),
            "kinds": texts("documents.kinds"),
            "standing": texts("documents.page.standing"),
            "statuses": texts("documents.page.statuses"),
            "dated": [paper.kind for paper in PAPERS if paper.younger_than_months is not None],
        }

    def account_words(self) -> Mapping[str, Any]:
        """What the script of the account's status says."""
        texts = self.texts.entry
        return {
            **texts("deadlines.page"),
            "kinds": texts("documents.kinds"),
            "documents": texts("documents.page.statuses"),
        }

    def review_words(self) -> Mapping[str, Any]:
        """What the script of the staff's desk says."""
        texts = self.texts.entry
        return {
            **self._faults_words(),
            **texts("reviews.page.words"),
            "required": texts("fields.errors.required"),
            "sending": texts("forms.sending"),
            "destroyed": texts("documents.page.words.destroyed"),
            "kinds": texts("documents.kinds"),
            "statuses": texts("documents.page.statuses"),
            "profiles": texts("reviews.page.profiles"),
            "accounts": texts("reviews.page.accounts"),
            "checks": texts("reviews.page.checks"),
        }

    def _rendered(self, block: str, **facts: object) -> str:
        template = _environment().get_template(f"blocks/{block}.html")
        sign_in = _forms()[SIGN_IN]
        return template.render(page=self, texts=self.texts, root=self.root, sign_in=sign_in, **facts)


def opens_session(form: Form) -> bool:
    """Whether it is the sign-in form, which ends where the reader came from."""
    return form.name == SIGN_IN


def _articles(language: Language) -> list[tuple[str, list[str]]]:
    """The articles of the terms in force, each with its paragraphs."""
    _, *articles = terms(CURRENT, language).strip().split("\n## ")
    return [
        (heading, text.strip().split("\n\n")) for heading, _, text in (article.partition("\n") for article in articles)
    ]


@cache
def _forms() -> Mapping[str, Form]:
    # Imported late: the jobs bring all of the API along, which pages without a form do not need.
    from theme.jobs import FORMS

    return FORMS


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["countries"] = countries
    return environment
