"""Renders the desk's blocks in a page's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from functions.onboarding.papers import PAPERS
from functions.shared.brand import brand
from functions.shared.fields import Nothing
from functions.shared.form import Form
from functions.shared.job import AnyJob
from functions.shared.refusal import FORBIDDEN
from functions.shared.terms import CURRENT, terms
from functions.shared.texts import Language, Texts
from functions.subscriptions.addresses import Rules, by_country
from functions.subscriptions.catalogue import Catalogue, Product, catalogue
from functions.subscriptions.consumers import consumers
from theme.failure import BuildFailed
from theme.forms.fields import Field, countries, fields, language_names
from theme.guides import Guides, root_of
from theme.jobs import SIGN_IN, actions, job, jobs
from theme.pictures import pictures

# The step of choosing the subscription, and the one of sending the account's papers, among the jobs' names.
CHOOSE = "choose"
# What ends a contract.
_ENDINGS = ("cancel", "withdraw")
# For whom prices are worded: who sees them with VAT first, and everybody else.
_READERS = ("consumer", "others")
PAPERS_STEP = "papers"
# Why they cannot be sent, and where they stand once they all are (docs/assets/js/papers.js).
_PAPERS_CLOSED = ("refused", "expired")
_PAPERS_SENT = ("in_review", "complete")


@dataclass(frozen=True)
class Step:
    """A numbered step of a guide, as the subscription that the reader chooses shows it.

    Signing in, choosing the subscription, or something to do with it or with the account's papers, which is possible
    while `action` is allowed, and done once that is refused for one of the reasons `done`. Of two steps about one
    action the second is to check and confirm. What can be done `once` is, as soon as a subscription shows it; what
    `waits` once sent is, as soon as the chosen one does.
    """

    kind: Literal["sign-in", "choose", "do"]
    action: str | None = None
    done: Sequence[str] = ()
    once: Mapping[str, Any] | None = None
    waits: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Option:
    """What the portal offers to do with a subscription: a job, by its form's title, on the page that holds the form."""

    job: AnyJob
    title: str
    page: str
    hidden_by: str | None


@dataclass(frozen=True)
class Way:
    """Where a success leads on: a page, about the same subscription or not."""

    name: str
    label: str
    page: str
    is_about_it: bool


class Page:
    """What a block knows of the page it stands on, one of these guides, of whom to write to and of what it can show."""

    def __init__(self, guides: Guides, support: str = "", docs: Path = Path()) -> None:
        self.texts = Texts(guides.language)
        self.guides = guides
        self.support = support
        self.docs = docs
        self.root = root_of(guides.language)

    def job(self, name: str) -> AnyJob:
        """A job. Raises BuildFailed for one that does not exist."""
        return job(name)

    def form(self, *names: str) -> str:
        """The jobs' forms, about one subject. Raises BuildFailed for no job's name, KeyError for a missing text."""
        held = [job(name) for name in names]
        is_about_one = form_of(held[0]).about == "subscription"
        return self._rendered("form", jobs=held, is_about_one=is_about_one)

    def shared_sign_in(self, *, invites: object) -> str:
        """The sign-in form that all blocks of a page share, which invites to open an account unless it is the staff's.

        Raises KeyError for a text that is missing.
        """
        return self._rendered("sign-in", invites=invites)

    def plain(self, block: str) -> str:
        """A block that its template says all of. Raises KeyError for a text that is missing."""
        return self._rendered(block)

    @property
    def options(self) -> list[Option]:
        """What the portal offers to do with a subscription. Raises BuildFailed for what leads nowhere."""
        return [self._option(one) for one in jobs().values() if one.form and one.form.option]

    def _option(self, offered: AnyJob) -> Option:
        form = form_of(offered)
        hidden_by = form.hidden_by.name if form.hidden_by else None
        return Option(offered, self.texts(f"{form.texts}.title"), self.guides.holding(offered.name).path, hidden_by)

    def product(self, name: str) -> str:
        """One product, by its page's name. Raises BuildFailed for one that does not exist."""
        found = {product.page: product for product in self.catalogue.products}
        if name not in found:
            raise BuildFailed(f"no product of the catalogue has the page {name}")
        return self._rendered("product", product=found[name])

    def invoices_words(self) -> Mapping[str, Any]:
        """What the script of the invoices says."""
        return {
            **self._faults_words(),
            "copies": self.texts.entry("invoices.copies"),
            **{name: self.texts.entry(f"invoices.page.{name}") for name in ("line", "amount")},
            "sending": self.texts("forms.sending"),
            "failed": self.texts("forms.failed.detail"),
        }

    def subject_settings(self, about: Sequence[AnyJob]) -> Mapping[str, Any]:
        """What the script must know of what the page does with its subject, the leading job first."""
        takes_away = any(one.form and one.form.check for one in about)
        begun = [_once(one) for one in jobs().values() if (once := one.form and one.form.once) and once.job == about[0]]
        return {"actions": [one.action for one in about], "takesAway": takes_away, "begun": next(iter(begun), None)}

    def subject_words(self, about: Sequence[AnyJob]) -> Mapping[str, Any]:
        """What the script says of the page's subject."""
        names = ("option", "why_not", "others", "found", "licences")
        words = {name: self.texts.entry(f"subject.{name}") for name in names}
        way = {"label": self.texts("seats.help.add"), "page": self.more_seats}
        words["ways"] = dict.fromkeys(self._helped(about), way)
        words["seats_next"] = self.texts.entry("portal.seats_next")
        return words | {"status": self.texts.entry("portal.status"), "reasons": self.reasons(*about)}

    def offers_software(self, about: Sequence[AnyJob]) -> bool:
        """Whether who has no subscription is offered one: not who wants to be rid of theirs."""
        return not any(one.name in _ENDINGS for one in about)

    @property
    def more_seats(self) -> str:
        """The guide that adds seats."""
        return self.guides.holding("change-seats").path

    def _helped(self, about: Sequence[AnyJob]) -> list[str]:
        """The codes that more seats help against, where one of these jobs is refused."""
        return [one.form.helped_by[0].name for one in about if one.form and one.form.helped_by]

    def activation_words(self) -> Mapping[str, Any]:
        """What the script of the activation says, its placeholders still to be filled."""
        return {
            **self._faults_words(),
            **self.texts.entry("activation.words"),
            "option": self.texts.entry("subject.option"),
            "reasons": self.reasons(job("sign")),
            "sending": self.texts("forms.sending"),
            "required": self.texts("fields.errors.required"),
            "not_agreed": self.texts("fields.errors.not_agreed"),
            "terms_version": CURRENT,
            "root": self.root,
        }

    def verification_words(self) -> Mapping[str, Any]:
        """What the script of the verification says."""
        failed = {name: self.texts(f"forms.failed.{name}") for name in ("title", "detail")}
        words = self.texts.entry("verification.words")
        return {**self._faults_words(), **words, "sending": self.texts("forms.sending"), "failed": failed}

    @property
    def terms_version(self) -> str:
        """That of the terms in force."""
        return CURRENT

    @property
    def articles(self) -> list[tuple[str, list[str]]]:
        """The articles of the terms in force, each with its paragraphs."""
        return _articles(self.texts.language)

    @property
    def catalogue(self) -> Catalogue:
        """What there is to order."""
        return catalogue()

    @property
    def consumers(self) -> list[str]:
        """The profiles of who reads prices with VAT first."""
        return sorted(consumers().profiles)

    def priced(self, product: "Product") -> Mapping[str, str]:
        """What a product costs, as each kind of reader is told."""
        return priced(product, self.texts)

    def _prices(self, whose: str) -> Mapping[str, str]:
        """How each product's price is worded for consumers or for others."""
        texts = {"seat_price": "seat_price"} | {one.product: one.price_text for one in self.catalogue.products}
        return {name: self.texts.entry(f"catalogue.{whose}.{text}") for name, text in texts.items()}

    def cart_words(self) -> Mapping[str, Any]:
        """What the script says that puts a product into the cart."""
        names = ("done", "quantity_wrong", "licence_missing", "full", "not_kept")
        return self._faults_words() | {name: self.texts.entry(f"catalogue.add.{name}") for name in names}

    def order_words(self) -> Mapping[str, Any]:
        """What the scripts of the order and of the orders say, their placeholders still to be filled."""

        names = ("cart", "check", "delivered", "done", "list", "postcode", "vat")
        return (
            self._faults_words()
            | {name: self.texts.entry(f"orders.{name}") for name in names}
            | {
                "siren": self.texts.entry("invoices.siren"),
                "sending": self.texts.entry("forms.sending"),
                "quantity_wrong": self.texts.entry("catalogue.add.quantity_wrong"),
                "consumers": self.consumers,
                **{whose: self._prices(whose) for whose in _READERS},
            }
        )

    def places(self) -> Mapping[str, Mapping[str, object]]:
        """What an address has in each country, where that is not a town and a postcode; what a postcode looks like."""
        return {code: dict(_place(rules)) for code, rules in by_country().items()}

    def _faults_words(self) -> dict[str, Any]:
        return {name: self.texts.entry(f"forms.{name}") for name in ("error_title", "field_error", "problem")}

    @property
    def wares(self) -> Mapping[str, Any]:
        """What the cart's script must know of each product."""
        from functions.subscriptions.billing import with_french_vat

        return {
            product.product: {
                "name": product.name(self.texts.language),
                "family": product.family,
                "edition": product.ordered,
                "unit_price": product.unit_price,
                "unit_price_with_vat": with_french_vat(product.unit_price),
            }
            for product in self.catalogue.products
        }

    def fields(self, job: AnyJob) -> list[Field]:
        """What the job's form asks."""
        form = form_of(job)
        asked = fields(form.asks or job.body)
        return [replace(field, asked_later=field.name in form.asked_later) for field in asked]

    def delivery_fields(self) -> list[Field]:
        """What the order's form asks of where articles go, by the API's names: `delivery.city` and so on."""
        from functions.subscriptions.billing import Address

        return [replace(field, name=f"delivery.{field.name}") for field in fields(Address)]

    def settings(self, job: AnyJob, asked: Sequence[Field]) -> Mapping[str, Any]:
        """What the form's script must know."""
        form = form_of(job)
        return {
            "method": job.method,
            "path": job.path,
            "sendsBody": job.body is not Nothing,
            "signedIn": job.signed_in,
            "lasts": form.lasts,
            "whose": form.whose,
            "once": _once(job),
            "waits": _waits(job),
            "about": form.about,
            "action": job.action,
            "opens": form.opens and form.opens.path,
            "says": dict(form.says),
            "edits": form.edits,
            "after": form.after and form.after.name,
            "previews": form.previews and form.previews.path,
            "helpedBy": form.helped_by and form.helped_by[0].name,
            "help": form.helped_by and form.helped_by[1].action,
            "askedLater": {code.name: name for name, code in form.asked_later.items()},
            "fields": {field.name: field.kind for field in asked},
        }

    def words(self, job: AnyJob) -> Mapping[str, Any]:
        """What the form's script says, its placeholders still to be filled."""
        form = form_of(job)
        words = self._faults_words() | {"sending": self.texts.entry("forms.sending")}
        words["required"] = self.texts("fields.errors.required")
        words["missing"] = {
            field.name: self.texts(f"fields.errors.{field.missing}", minimum=field.minimum, maximum=field.maximum)
            for field in self.fields(job)
            if field.required
        }
        if form.about == "subscription":
            words |= {"option": self.texts.entry("subject.option"), "reasons": self.reasons(job)}
        if form.about in ("subscription", "link"):
            words["about_subscription"] = [
                (self.texts("subject.facts.product"), "{product} {edition}"),
                (self.texts("subject.facts.contract"), "{contract_number}"),
                *((label, f"{{{fact}}}") for fact, label in self._declared(form).items()),
            ]
        if job.name != SIGN_IN:
            words |= {name: self.texts.entry(f"{form.texts}.{name}") for name in ("done_title", "done")}
        else:
            words["no_cookies"] = self.texts.entry("session.no_cookies")
        if form.lasts:
            words |= {name: self.texts.entry(f"forms.unknown.{name}") for name in ("former_title", "former")}
        for name in (
            "about",
            "effects",
            "effects_unclaimed",
            "effects_wished",
            "done_wished",
            "done_copies",
            "done_no_copies",
            "dead",
            "waiting",
        ):
            if (key := f"{form.texts}.{name}") in self.texts:
                words[name] = self.texts.entry(key)
        if any(field.kind == "date" for field in self.fields(job)):
            words |= {name: self.texts.entry(f"fields.errors.{name}") for name in ("in_the_past", "after_last_day")}
        if form.previews:
            words["confirm"] = {"more": self.texts("seats.form.confirm"), **self.texts.entry("seats.form.confirm_free")}
            words |= {"check": self.texts.entry("seats.check"), "vat": self.texts.entry("orders.vat")}
            words["consumers"] = self.consumers
            words |= {name: self.texts.entry(f"orders.check.{name}") for name in ("terms_missing", "to_pay")}
        if form.helped_by:
            words["help"] = self.texts.entry("seats.help")
        if f"{form.texts}.administers" in self.texts:
            words |= {
                "option": self.texts.entry("subject.option"),
                "until": self.texts.entry(f"{form.texts}.administers.until"),
            }
        if any(field.kind == "user" for field in self.fields(job)):
            words["invited"] = self.texts.entry("forms.subscription.invited")
        if any(field.kind == "lease" for field in self.fields(job)):
            words |= {name: self.texts.entry(f"leases.{name}") for name in ("taken_seat", "no_seat_taken")}
        return words

    def _declared(self, form: Form) -> Mapping[str, str]:
        """What the reader declares of themselves beside their answers: labels by the facts that they name."""
        key = f"{form.texts}.declared"
        declared: Mapping[str, str] = self.texts.entry(key) if key in self.texts else {}
        return declared

    def follower(self, job: AnyJob) -> AnyJob | None:
        """The job that takes the code that this one sends."""
        return next((one for one in jobs().values() if one.form and one.form.after is job), None)

    def ways_on(self, job: AnyJob, by: Literal["next", "dead_next"] = "next") -> Iterator[Way]:
        """Where the job's success, or its dead link, leads on: each way is named by a job with a form or a guide."""
        key = f"{form_of(job).texts}.{by}"
        for name, label in (self.texts.entry(key) if key in self.texts else {}).items():
            if name in jobs() and form_of(jobs()[name]).about == "subscription":
                yield Way(name, label, f"{self.guides.holding(name).path}#{name}-title", is_about_it=True)
            else:
                yield Way(name, label, self.guides.called(name).path, is_about_it=False)

    def reasons(self, *of: AnyJob) -> Mapping[str, str]:
        """Why these actions are not possible now, by the codes that they are refused with."""
        codes = dict.fromkeys(code for one in of for code in (*one.refuses, FORBIDDEN))
        worded = {code.name: f"{code.texts}.reason" for code in codes}
        return {name: self.texts.entry(key) for name, key in worded.items() if key in self.texts}

    def live_steps(self, names: Sequence[str]) -> str:
        """Where the reader stands in the steps that these jobs are about. Raises BuildFailed for no action's name."""
        steps = [_step(name) for name in names]
        about = [job(name) for name in names if name not in (SIGN_IN, CHOOSE, PAPERS_STEP)]
        closed = {code: self.texts(f"documents.page.live.{code}") for code in _PAPERS_CLOSED}
        words = {**self.texts.entry("live"), "reasons": {**self.reasons(*about), **closed}}
        return self._rendered("live-steps", steps=[asdict(step) for step in steps], words=words)

    def portal_words(self) -> Mapping[str, Any]:
        """What the portal's script says, its placeholders still to be filled."""
        names = (
            *("tabs", "as_user", "seats", "seats_short", "seats_next", "floating_seats", "licence", "status"),
            *("kinds", "users", "next", "all_acts", "papers", "papers_until", "line", "product"),
            *("count", "found", "page", "every_state", "filtered"),
        )
        words = {name: self.texts.entry(f"portal.{name}") for name in names}
        return words | {
            "leases": self.texts.entry("leases.held"),
            "copies": self.texts.entry("invoices.copies"),
            "reasons": self.reasons(*actions()),
            "takeover": self.texts.entry("takeover.portal"),
            "pages": self._portal_pages(),
        }

    def _portal_pages(self) -> Mapping[str, str]:
        """Where what comes next is done, by the subscription's status, and the other pages that the portal leads to."""
        choosing = self.guides.holding("choose-edition").path
        waiting = ("awaiting_terms", "awaiting_activation", "awaiting_signature")
        return dict.fromkeys(waiting, f"{self.root}activate/") | {
            "trial_ended": f"{choosing}#choose-edition-title",
            "papers": f"{self.root}documents/",
            "objection": self.guides.holding("object-to-takeover").path,
        }

    def registration_words(self) -> Mapping[str, Any]:
        """What the script of the registration says."""
        return {
            **self._faults_words(),
            "sending": self.texts.entry("forms.sending"),
            **{name: self.texts.entry(f"registration.code.{name}") for name in ("sent", "password_again")},
        }

    def takeover_words(self) -> Mapping[str, Any]:
        """What the script of the staff's requests to take over says."""
        texts = self.texts.entry
        return {
            **self._faults_words(),
            **texts("takeover.page.words"),
            "check": texts("takeover.page.check"),
            "company": texts("takeover.page.company"),
            "accounts": texts("takeover.page.accounts"),
            **{name: texts(f"fields.errors.{name}") for name in ("required", "not_chosen")},
            "sending": texts("forms.sending"),
        }

    def own_account_words(self) -> Mapping[str, Any]:
        """What the script of the reader's own account says."""
        texts = self.texts.entry
        return {
            "profiles": texts("account.page.profiles"),
            "statuses": texts("deadlines.page.statuses"),
            "languages": language_names(),
            "no_copies": texts("account.page.no_copies"),
        }

    def sessions_words(self) -> Mapping[str, Any]:
        """What the script of the sessions says."""
        return {"ended": self.texts.entry("sessions.page.ended")}

    def team_words(self) -> Mapping[str, Any]:
        """What the script of many users says."""
        return {
            **self._faults_words(),
            **self.texts.entry("team.words"),
            "sending": self.texts("forms.sending"),
            "option": self.texts.entry("subject.option"),
            "reasons": self.reasons(job("add-users")),
        }

    def leaver_words(self) -> Mapping[str, Any]:
        """What the script of a leaver says."""
        return {
            **self._faults_words(),
            **self.texts.entry("colleagues.words"),
            "sending": self.texts("forms.sending"),
            "required": self.texts("fields.errors.required"),
            "reasons": self.reasons(job("remove-user")),
        }

    def second_factor_words(self) -> Mapping[str, Any]:
        """What the script that sets up a second factor says."""
        names = ("copied", "not_copied")
        return {
            **self._faults_words(),
            **{name: self.texts.entry(f"second_factor.page.{name}") for name in names},
            "required": self.texts.entry("fields.errors.required"),
            "sending": self.texts.entry("forms.sending"),
        }

    def document_words(self) -> Mapping[str, Any]:
        """What the script of the documents says."""
        texts = self.texts.entry
        return {
            **self._faults_words(),
            **texts("documents.page.words"),
            **self._standing_words(),
            **{name: texts(f"fields.errors.{name}") for name in ("no_date", "no_file", "required")},
            "sending": texts("forms.sending"),
            **{name: texts(f"documents.page.{name}") for name in ("submit", "submit_of", "again", "again_of")},
            **self._conversation_words("by_customer", "by_staff"),
            "usual": texts("documents.page.usual"),
            "turns": texts("messages.page.turns"),
            "statuses": texts("documents.page.statuses"),
            "dated": [paper.kind for paper in PAPERS if paper.younger_than_months is not None],
        }

    def account_words(self) -> Mapping[str, Any]:
        """What the script of the account's status says."""
        texts = self.texts.entry
        return {
            **self._standing_words(),
            "statuses": texts("deadlines.page.statuses"),
            "documents": texts("documents.page.statuses"),
        }

    def _standing_words(self) -> Mapping[str, Any]:
        """What is said of the papers as a whole."""
        texts = self.texts.entry
        return {
            "kinds": texts("documents.kinds"),
            "standing": texts("documents.page.standing"),
            "refused": texts("documents.page.refused"),
        }

    def _conversation_words(self, customer: str, staff: str) -> Mapping[str, Any]:
        """What the script of a conversation says, whose sides are called so."""
        words = self.texts.entry("messages.page.words")
        return {"sent": words["sent"], "by": {"customer": words[customer], "staff": words[staff]}}

    def review_words(self) -> Mapping[str, Any]:
        """What the script of the staff's desk says."""
        texts = self.texts.entry
        return {
            **self._faults_words(),
            **texts("reviews.page.words"),
            **self._conversation_words("by_the_customer", "by_us"),
            "confirm": texts("reviews.page.check"),
            "desk": brand().name,
            "turns": texts("reviews.page.turns"),
            "answered": texts("messages.history.message_answered"),
            "usual": texts("documents.page.usual"),
            "shows_a_person": [paper.kind for paper in PAPERS if paper.shows_a_person],
            **{name: texts(f"fields.errors.{name}") for name in ("required", "not_chosen")},
            "sending": texts("forms.sending"),
            "destroyed": texts("documents.page.words.destroyed"),
            "kinds": texts("documents.kinds"),
            "statuses": texts("documents.page.statuses"),
            "profiles": texts("reviews.page.profiles"),
            "accounts": texts("reviews.page.accounts"),
            "checks": texts("reviews.page.checks"),
        }

    def support_words(self) -> Mapping[str, Any]:
        """What the script of support's window says; every action has a name there."""
        texts = self.texts.entry
        portal = ("product", "seats_short", "floating_seats", "seats_next", "licence", "status")
        return {
            **self._faults_words(),
            **texts("support.page.words"),
            "languages": language_names(),
            **{name: texts(f"portal.{name}") for name in portal},
            "required": texts("fields.errors.required"),
            "sending": texts("forms.sending"),
            "actions": {one.action: texts(f"support.page.actions.{one.action}") for one in actions()},
            "reasons": self.reasons(*actions()),
            "profiles": texts("reviews.page.profiles"),
            "accounts": texts("deadlines.page.statuses"),
            "kinds": texts("documents.kinds"),
            "papers": texts("documents.page.statuses"),
            "fates": texts("support.page.states"),
            "mailed_again": texts("support.history.support_mailed_again"),
        }

    def picture(self, name: str) -> str:
        """What the reader sees at the desk, in their scheme.

        Raises BuildFailed for a picture that was never taken, KeyError for a missing text.
        """
        schemes = list(pictures(self.docs, self.texts.language, name))
        return self._rendered("picture", name=name, schemes=schemes)

    def drawing(self, name: str) -> str:
        """A drawing of ours. Raises BuildFailed for one that does not exist, KeyError for a missing text."""
        if f"drawings/{name}.svg" not in _environment().list_templates(["svg"]):
            raise BuildFailed(f"there is no theme/templates/drawings/{name}.svg")
        return self._rendered("drawing", name=name)

    def _rendered(self, block: str, **facts: object) -> str:
        template = _environment().get_template(f"blocks/{block}.html")
        return template.render(page=self, texts=self.texts, root=self.root, **facts)


def priced(product: "Product", texts: Texts) -> Mapping[str, str]:
    """What a product costs, as each kind of reader is told."""
    from functions.shared.money import price
    from functions.subscriptions.billing import with_french_vat

    prices = {"price": product.unit_price, "with_vat": with_french_vat(product.unit_price)}
    worded = {name: price(cents, texts.language) for name, cents in prices.items()}
    return {who: texts(f"catalogue.{who}.{product.price_text}", **worded) for who in _READERS}


def _place(rules: Rules) -> Iterator[tuple[str, object]]:
    optional = [name for name in ("postcode", "city") if name not in rules.needs]
    if optional:
        yield "optional", optional
    if rules.type is None:
        yield "hasNoPostcode", True
    elif rules.type != "postal":
        yield "type", rules.type
    if rules.example:
        yield "example", rules.example


def form_of(job: AnyJob) -> Form:
    """A job's form. Raises BuildFailed for a job that declares none."""
    if job.form is None:
        raise BuildFailed(f"the job {job.name} declares no form")
    return job.form


def _step(name: str) -> Step:
    if name in (SIGN_IN, CHOOSE):
        return Step(name)  # type: ignore[arg-type]
    if name == PAPERS_STEP:
        return Step("do", PAPERS_STEP, _PAPERS_SENT)
    asked = job(name)
    once = _once(asked)
    if asked.why_not is None and once is None and "subscription_id" in asked.places:
        raise BuildFailed(f"the job {name} has no why_not, by which a step could tell where the reader stands")
    return Step("do", asked.action, (asked.done.name,) if asked.done else (), once, _waits(asked))


def _waits(job: AnyJob) -> Mapping[str, str] | None:
    """What the script must know of a form whose request waits for an answer."""
    waits = job.form and job.form.waits
    return {"code": waits.code.name, "fact": waits.fact} if waits else None


def _once(job: AnyJob) -> Mapping[str, Any] | None:
    """What the script must know of a form that is sent once for each product."""
    if not (job.form and (once := job.form.once)):
        return None
    products = next(field.choices for field in fields(job.body) if field.name == "product")
    return {"action": once.job.action, "unless": once.unless.name, "products": products}


def _articles(language: Language) -> list[tuple[str, list[str]]]:
    """The articles of the terms in force, each with its paragraphs."""
    _, *articles = terms(CURRENT, language).strip().split("\n## ")
    return [
        (heading, text.strip().split("\n\n")) for heading, _, text in (article.partition("\n") for article in articles)
    ]


def _tried(product: str, language: Language) -> str:
    """A product as it can be tried, as readers know it."""
    return catalogue()[product].as_tried(language)


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
    environment.globals["language_names"] = language_names
    environment.globals["tried"] = _tried
    return environment
