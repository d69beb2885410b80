"""What anyone can ask without a session: whether a contract is ours, and to say whether a page helped."""

from functions.onboarding import feedback
from functions.verification.app import VERIFY
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import Given


def verify_contract(given: Given) -> Journey:
    return Journey(Call(VERIFY, file=b"%PDF-1.7\nnot one of ours"))


def give_feedback(given: Given) -> Journey:
    return Journey(_FEEDBACK, rivals=(_FEEDBACK,))


def too_many_tries(given: Given) -> Call:
    given.use_up(feedback.OF_NETWORK, given.network)
    return _FEEDBACK


_FEEDBACK = Call(feedback.GIVE, body={"page": "/add-user/", "helpful": False, "comment": "Where is the button?"})

JOURNEYS: dict[str, Begin] = {"verify-contract": verify_contract, "give-feedback": give_feedback}
REFUSALS: dict[tuple[str, str], Refuse] = {("give-feedback", "too_many_tries"): too_many_tries}
