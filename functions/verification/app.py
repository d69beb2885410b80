"""The verification's function: tells anyone whether a contract is ours, whole and unchanged; keeps nothing."""

from functions.contracts.chains import chains
from functions.contracts.verify import verify
from functions.shared.api import Api
from functions.shared.clock import rfc3339
from functions.shared.cloud import Cloud
from functions.shared.desk import Desk, OpenLook
from functions.shared.entry import enter
from functions.shared.fields import Model, Nothing
from functions.shared.job import AnyJob, Ask, Job


class Verdict(Model):
    """`ours`: it bears our seal; `whole`: and is unchanged since. Who signed and when is said of a whole one alone."""

    ours: bool
    whole: bool
    signed_by: str | None
    signed_at: str | None
    sealed_at: str | None


def verify_contract(desk: Desk, ask: Ask[Nothing]) -> Verdict:
    """Tell whether a PDF is a contract that we sealed, whole and unchanged."""
    verdict = verify(ask.request.content, chains(desk.cloud.files, desk.cloud.settings.contracts))
    evidence = verdict.evidence
    return Verdict(
        ours=verdict.ours,
        whole=verdict.whole,
        signed_by=evidence.signer if evidence else None,
        signed_at=rfc3339(evidence.signed_at) if evidence else None,
        sealed_at=rfc3339(evidence.sealed_at) if evidence else None,
    )


VERIFY = Job(
    name="verify-contract",
    method="POST",
    path="/api/contracts/verification",
    body=Nothing,
    file="application/pdf",
    answer=Verdict,
    does=OpenLook(verify_contract),
)

JOBS: tuple[AnyJob, ...] = (VERIFY,)


def create(cloud: Cloud) -> Api:
    """The function on a cloud of its own."""
    return Api(JOBS, cloud)


handler = enter(create, "files")
