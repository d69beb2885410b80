"""What anyone can ask without a session: whether a contract is ours, and to say whether a page helped."""

from functions.onboarding import feedback
from functions.shared import tries
from functions.shared.items import Put
from functions.verification.app import VERIFY
from tests.journeys import Begin, Call, Journey, Refuse
from tests.journeys.given import Given


def verify_contract(given: Given) -> Journey:
    return Journey(Call(VERIFY, file=b"%PDF-1.7\nnot one of ours"))


def give_feedback(given: Given) -> Journey:
    feedback_of_the_same_place = _feedback(given, tried=0)
    return Journey(feedback_of_the_same_place, rivals=(feedback_of_the_same_place,))


def too_many_tries(given: Given) -> Call:
    return _feedback(given, tried=tries.MAX_TRIES)


def _feedback(given: Given, tried: int) -> Call:
    """From a place that has already given so much of it."""
    counted = tries.key("feedback", "127.0.0.1", given.cloud.keys)
    given.write(Put(counted, {"count": tried, "version": 1, "expires_at": 2**40}))
    return Call(feedback.GIVE, body={"page": "/add-user/", "helpful": False, "comment": "Where is the button?"})


JOURNEYS: dict[str, Begin] = {"verify-contract": verify_contract, "give-feedback": give_feedback}
REFUSALS: dict[tuple[str, str], Refuse] = {("give-feedback", "too_many_tries"): too_many_tries}
