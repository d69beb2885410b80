"""The verification's function: tells anyone whether a contract is ours, whole and unchanged; keeps nothing."""

from pydantic import BaseModel

from functions.contracts.chains import chains
from functions.contracts.verify import verify
from functions.shared.api import Api
from functions.shared.clock import rfc3339
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk
from functions.shared.entry import on_first_call
from functions.shared.job import Answer, Job
from functions.shared.request import Request


class Verdict(BaseModel):
    """`ours`: it bears our seal; `whole`: and is unchanged since. Who signed and when is said of a whole one alone."""

    ours: bool
    whole: bool
    signed_by: str | None
    signed_at: str | None
    sealed_at: str | None


def verify_contract(desk: Desk, request: Request) -> Answer:
    """Tell whether a PDF is a contract that we sealed, whole and unchanged."""
    verdict = verify(request.content, chains(desk.cloud.files, desk.cloud.settings.contracts))
    evidence = verdict.evidence
    return Answer(
        200,
        {
            "ours": verdict.ours,
            "whole": verdict.whole,
            "signed_by": evidence and evidence.signer,
            "signed_at": evidence and rfc3339(evidence.signed_at),
            "sealed_at": evidence and rfc3339(evidence.sealed_at),
        },
    )


VERIFY = Job(
    name="verify-contract",
    method="POST",
    path="/api/contracts/verification",
    run=verify_contract,
    file="application/pdf",
    answer=Verdict,
    signed_in=False,
)

JOBS = (VERIFY,)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud)


handler = on_first_call(create)
