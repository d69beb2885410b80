"""Change the account: the language that we write in, and where a copy of each invoice goes."""

from dataclasses import replace

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from functions.onboarding.account import Account, own_account
from functions.onboarding.sign_in import Session
from functions.shared.desk import Decision
from functions.shared.fields import EmailAddress, RequestModel
from functions.shared.form import Form
from functions.shared.items import Reads
from functions.shared.job import Ask, Change, Job, SignedIn
from functions.shared.texts import Language


class ChangeAccount(RequestModel):
    """What is to be another; no address (null) for no copies of invoices. What is left out stays."""

    language: Language | None = None
    invoices_email: EmailAddress | None = None

    @field_validator("language")
    @classmethod
    def _one_of_ours(cls, language: Language | None) -> Language:
        if language is None:
            raise PydanticCustomError("literal_error", "a language of the desk")
        return language


def reads(ask: Ask[ChangeAccount], email: str) -> Reads[Account]:
    """The reader's account."""
    return own_account(email)


def decide(account: Account, ask: SignedIn[ChangeAccount]) -> Change[Session]:
    """Change what is asked of the account."""
    asked = ask.body.model_fields_set
    after = replace(
        account,
        language=ask.body.language or account.language,
        invoices_email=ask.body.invoices_email if "invoices_email" in asked else account.invoices_email,
    )
    return Change(Session.model_validate(after), () if after == account else (after.put(),))


CHANGE = Job(
    name="change-account",
    method="PATCH",
    path="/api/account",
    body=ChangeAccount,
    answer=Session,
    does=Decision(reads, decide),
    form=Form("account.settings", about="reader", edits=("language", "invoices_email"), whose="answer"),
)
