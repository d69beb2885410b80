"""A job's form: how a guide or the portal offers it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from pydantic import BaseModel

from functions.shared.job import AnyJob
from functions.shared.refusal import Code


class Once(NamedTuple):
    """Whose subscriptions tell that a form has been sent: the `job` that goes on with what it began refuses those that
    were not begun so with the code `unless`.
    """

    job: AnyJob
    unless: Code


class Waits(NamedTuple):
    """Of which of a subscription's facts a reader reads that what they have sent waits, and is refused meanwhile."""

    code: Code
    fact: str


class Form(NamedTuple):
    """Rendered at build time from the job's request model and the texts under `texts`.

    `about`: the form is about one of the reader's subscriptions, where the job is allowed, about the reader's own
    account, or about what the link of an e-mail opens, which the job `opens` tells; `check`: the reader checks their
    answers, and reads what will change, before anything is sent; `asks`: what it asks for when that goes into the path,
    not into the body.

    `says`: what is sent beside the answers, without being asked for: what pressing the button says.

    `edits`: the fields that begin with what the subject has under the same name, to be changed; of the reader's own
    account, what is emptied is taken away.

    `after`: it takes the code that another job sends, and is not shown before that has, unless the reader comes for it.

    `asked_later`: the fields that are not asked for before the server does, by the code that it does it with.

    `lasts`: what became of it when its answer was lost is found out once the page is loaded again, before it is sent
    anew.

    `once`: it can be sent once for each product that it offers; it is not shown to whoever has.

    `whose`: what its answer makes of who is signed in: nobody any more (`nobody`), or as whom it says (`answer`).

    `previews`: the job that says what it would cost, asked with the same answers; then the reader accepts the terms of
    sale and sends with them the `total` that they have seen.

    `helped_by`: where it is refused with that code, the other job, which is done in its place and leads back to it.

    `waits`: where it is refused with that code and the subscription shows that fact, which only who has sent it is
    shown, the form says so in its place (`waiting`), and a guide's step that asks for it is done.

    `plain`: the forms that take its place in a browser without scripts (theme/templates/blocks/plain.html).

    `option`: the portal offers it by its title among a subscription's options, on the page that embeds it, unless the
    action is refused with `hidden_by`.
    """

    texts: str
    about: Literal["subscription", "reader", "link"] | None = None
    check: bool = False
    asks: type[BaseModel] | None = None
    says: Mapping[str, bool] = MappingProxyType({})
    edits: tuple[str, ...] = ()
    after: AnyJob | None = None
    opens: AnyJob | None = None
    option: bool = False
    hidden_by: Code | None = None
    asked_later: Mapping[str, Code] = MappingProxyType({})
    lasts: bool = False
    once: Once | None = None
    whose: Literal["answer", "nobody"] | None = None
    previews: AnyJob | None = None
    helped_by: tuple[Code, AnyJob] | None = None
    waits: Waits | None = None
    plain: tuple[Literal["request", "link"], ...] = ()
