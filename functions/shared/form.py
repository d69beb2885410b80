"""A job's form: how a guide or the portal offers it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from functions.shared.job import Job


@dataclass(frozen=True)
class Form:
    """Rendered at build time from the job's request model and the texts under `texts`.

    `about`: the form is about one of the reader's subscriptions, where `action` is allowed, or about what the link of
    an e-mail opens, which the job `opens` tells; `check`: the reader checks their answers, and reads what will change,
    before anything is sent; `asks`: what it asks for when that goes into the path, not into the body.
    """

    job: Job
    texts: str
    about: Literal["subscription", "link"] | None = None
    action: str | None = None
    check: bool = False
    asks: type[BaseModel] | None = None
    opens: Job | None = None

    @property
    def name(self) -> str:
        """The name that a page embeds it by."""
        return self.job.name

    @property
    def model(self) -> type[BaseModel] | None:
        """The request model that its fields come from."""
        return self.asks or self.job.body

    @property
    def method(self) -> str:
        """The HTTP method it is sent with."""
        return self.job.method

    @property
    def path(self) -> str:
        """Where it is sent; `{…}` stands for what the page fills in."""
        return self.job.path

    @property
    def signed_in(self) -> bool:
        """Whether the reader must be signed in."""
        return self.job.signed_in
