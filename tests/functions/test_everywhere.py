"""What holds for every job, whichever it is: each of them is tried by its own journey."""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from functions.shared import openapi, session
from functions.shared.cloud import Cloud
from functions.shared.fields import Nothing
from functions.shared.refusal import FORBIDDEN, Code
from functions.shared.texts import LANGUAGES, Language, Texts
from functions.subscriptions.portal import HISTORY
from tests import kept
from tests.desk import Desk
from tests.functions.everywhere import JOBS, Caller, call, unlike
from tests.journeys import JOURNEYS, REFUSALS, Call
from tests.journeys.given import Given

READS = [name for name, job in JOBS.items() if job.method == "GET"]
CHANGES = [name for name, job in JOBS.items() if job.method != "GET"]
TAKE_JSON = [name for name in CHANGES if not JOBS[name].file]
CODES: dict[str, Code] = {code.name: code for job in JOBS.values() for code in openapi.refusals(job)}
SIGNED_IN = [name for name, job in JOBS.items() if job.signed_in]
# The journeys, other ones of a job among them, in which somebody signed in asks something of a subscription.
OF_A_SUBSCRIPTION = [
    name
    for name in sorted(JOURNEYS)
    for job in name.split(":")[:1]
    if job in SIGNED_IN and "{subscription_id}" in JOBS[job].path and name != "activate: the contract is drawn up"
]
LISTS = [name for name, job in JOBS.items() if {"limit", "cursor"} <= job.body.model_fields.keys()]
# They are asked by POST for the sake of what they are asked with, and there is no change to do only once.
CHANGE_NOTHING = {
    *(
        "open-invitation",
        "open-address-link",
        "open-cancellation-link",
        "open-takeover-objection",
        "preview-order",
        "preview-users",
        "preview-seats",
    ),
    # That it was looked is noted once (test_support.py); what is seen is as it is by then.
    "look-up",
}
REMEMBERED = [name for name in TAKE_JSON if name not in CHANGE_NOTHING]
# It answers with all that is wrong in an order, rather than refusing it.
SAY_WHAT_IS_WRONG = {"preview-order"}
ASK_SOMETHING = [name for name in TAKE_JSON if JOBS[name].body is not Nothing and name not in SAY_WHAT_IS_WRONG]
# Comes about only where files are scanned, which test_reviews.py does by itself.
ONLY_WITH_A_SCAN = {("decide-review", "not_cleared")}
# Why an action is not offered; whoever asks all the same hears first that the person is no user or the administrator.
ONLY_OFFERED_NOT = {
    ("remove-user", "no_other_user"),
    ("transfer", "no_other_user"),
    # Of a licence without leases there is none to be found.
    ("free-seat", "not_floating"),
    ("free-seat", "not_active"),
}
CAMILLE, MARC, TOM = (f"{name}@example.com" for name in ("camille.durand", "marc.leroy", "tom.nguyen"))
REBAR = {"product": "PROFIS Rebar", "quantity": 1}
KBIS = {"kind": "kbis", "filename": "kbis.pdf", "content_type": "application/pdf", "size": 100}
# What a job's kind brings; every other code is its own, and has its own way of coming about in REFUSALS.
OF_ITS_KIND = {
    "bad_json",
    "cross_origin",
    "forbidden",
    "idempotency_key_reused",
    "internal_error",
    "invalid_fields",
    "not_found",
    "not_signed_in",
    "reader_changed",
    "second_factor_missing",
    "sign_in_again",
    "too_large",
    "try_again",
    "unsupported_media_type",
}
WRONG = {"neither": ["text", "nor", "number"]}


@pytest.fixture(scope="module")
def functions(cloud: Desk) -> Cloud:
    """The cloud as the functions see it, made once: its clients take long."""
    return kept.cloud()


@pytest.fixture
def given(functions: Cloud, desk: Desk) -> Given:
    """People and subscriptions of the test's own, beside the demo's: what the tests before wrote is gone."""
    return Given(functions)


@pytest.fixture
def caller(cloud: Desk, given: Given) -> Caller:
    """Who sends them."""
    return Caller(cloud, given)


def assert_problem(response: httpx.Response, job: str, code: str, language: Language = "en") -> dict[str, Any]:
    """A problem (RFC 9457) with that code, worded, and announced by the API's description."""
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["code"]) == (CODES[code].status, code), response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:guichet:problem:{code}"
    assert problem["status"] == response.status_code
    # A job may word a code otherwise than its topic does, and announces that wording.
    announced = [one for one in openapi.refusals(JOBS[job]) if one.name == code]
    assert problem["title"] in {one.title(Texts(language)) for one in announced}
    assert problem["detail"]
    assert problem["request_id"] == response.headers["X-Request-Id"]
    return problem


def test_every_job_has_a_journey() -> None:
    assert JOBS.keys() - JOURNEYS.keys() == set()
    # Those of what is done without a caller, and further ways to do a job, say so behind a colon.
    assert {name for name in JOURNEYS if ":" not in name} - JOBS.keys() == set()


def test_every_code_of_a_job_comes_about() -> None:
    codes = {(name, code.name) for name, job in JOBS.items() for code in job.refuses}
    announced = {(name, code) for name, code in codes if code not in OF_ITS_KIND}
    assert announced - REFUSALS.keys() - ONLY_WITH_A_SCAN - ONLY_OFFERED_NOT == set()


def test_what_is_wrong_with_a_body_is_said_of_its_field() -> None:
    codes = {code for job in JOBS.values() for code in openapi.refusals(job) if code.status == 422}
    assert {code.name for code in codes if not code.field} == {"invalid_fields", "idempotency_key_reused"}


@pytest.mark.parametrize("job", JOBS)
def test_done_it_answers_as_it_is_described(job: str, given: Given, caller: Caller) -> None:
    response = caller.send(call(job, given))
    described = JOBS[job]
    assert response.status_code == described.status, response.text
    assert response.headers["Cache-Control"] == "no-store"
    if described.status == 204 or (response.status_code == 202 and not response.content):
        assert not response.content
    elif described.answer is not type(None):
        assert response.headers["Content-Type"] == "application/json"
        answer = described.answer.model_validate(response.json())
        assert response.json().keys() <= {field.alias or name for name, field in type(answer).model_fields.items()}


@pytest.mark.parametrize("job", SIGNED_IN)
def test_signed_out(job: str, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    for cookie in ("", "__Host-session=nonsense", given.cookies[str(begun.by)][:-1] + "_"):
        assert_problem(caller.send(unlike(begun, by=None), cookie=cookie), job, "not_signed_in")


@pytest.mark.parametrize("job", SIGNED_IN)
def test_who_it_is_not_for_learns_nothing_of_what_it_takes(job: str, given: Given, caller: Caller) -> None:
    """Whatever is wrong with what they send, they are told what they would be told of what is right."""
    dead = given.cookies[str((begun := call(job, given)).by)][:-1] + "_"
    assert_problem(_sent_wrong(caller, unlike(begun, by=None), cookie=dead), job, "not_signed_in")
    for code in _OF_READERS if JOBS[job].admits else ():
        if refused := REFUSALS.get((job, code)):
            assert_problem(_sent_wrong(caller, refused(given)), job, code)


def test_all_that_is_the_staffs_or_supports_refuses_others_first() -> None:
    theirs = ("/api/reviews", "/api/takeovers", "/api/support", "/api/feedback")
    for job in JOBS.values():
        if job.signed_in and job.path.startswith(theirs) and (job.body is not Nothing or job.method != "GET"):
            assert job.admits, job.name


# Who may not is refused by these.
_OF_READERS = ("not_found", "own_account")


def _sent_wrong(caller: Caller, begun: Call, cookie: str | None = None) -> httpx.Response:
    if begun.job.method == "GET":
        return caller.send(unlike(begun, query="limit=none&unknown=1"), cookie=cookie)
    return caller.send(begun, content=b'{"unknown": ', cookie=cookie)


@pytest.mark.parametrize("job", [name for name, job in JOBS.items() if job.confirms])
def test_what_matters_much_asks_again_who_it_is(job: str, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    by = str(begun.by)
    given.sign_in(by, confirmed_at=int(time.time()) - session.CONFIRMED_SECONDS - 1)
    key = given.address("key")
    assert_problem(caller.send(begun, key=key), job, "sign_in_again")
    given.sign_in(by, confirmed_at=int(time.time()) - session.CONFIRMED_SECONDS + 60)
    # The very same request is done then: the refusal has not used its key up.
    assert caller.send(begun, key=key).status_code == JOBS[job].status


@pytest.mark.parametrize("job", SIGNED_IN)
@pytest.mark.parametrize("role", ["staff", "support"])
def test_without_the_second_factor_there_is_only_setting_it_up(
    job: str, role: str, given: Given, caller: Caller
) -> None:
    begun = call(job, given)
    by = str(begun.by)
    given.write_account(by, given.account(by) | {"roles": [role]})
    given.sign_in(by, second_factor=False)
    if JOBS[job].half_signed_in:
        assert caller.send(begun).status_code == JOBS[job].status
    else:
        assert_problem(caller.send(begun), job, "second_factor_missing")


@pytest.mark.parametrize(("job", "code"), [pair for pair in REFUSALS if pair[0] in JOBS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_refused(job: str, code: str, language: Language, given: Given, caller: Caller) -> None:
    begun = REFUSALS[job, code](given)
    assert_problem(caller.send(begun, headers={"Accept-Language": language}), job, code, language)
    if begun.by:
        # The account's, where the page asks for none.
        given.write_account(begun.by, given.account(begun.by) | {"language": language})
        assert_problem(caller.send(begun, headers={"Accept-Language": ""}), job, code, language)


@pytest.mark.parametrize("job", [name for name in SIGNED_IN if name in OF_A_SUBSCRIPTION])
def test_anothers_subscription_is_none(job: str, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    outsider = given.person("outsider")
    there = caller.send(unlike(begun, by=outsider))
    nowhere = caller.send(unlike(begun, by=outsider, values={**begun.values, "subscription_id": "s-00000000"}))
    problems = [assert_problem(response, job, "not_found") for response in (there, nowhere)]
    assert all(problem.pop("request_id") for problem in problems)
    assert problems[0] == problems[1]
    headers = [
        {name: value for name, value in response.headers.items() if name not in ("date", "x-request-id")}
        for response in (there, nowhere)
    ]
    assert headers[0] == headers[1]


@pytest.mark.parametrize(
    "job", [name for name, job in JOBS.items() if FORBIDDEN in job.refuses and "{subscription_id}" in job.path]
)
def test_what_only_the_administrator_can_do(job: str, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    user = given.person("plain")
    given.join(begun.values["subscription_id"], user)
    assert_problem(caller.send(unlike(begun, by=user)), job, "forbidden")


@pytest.mark.parametrize("job", TAKE_JSON)
def test_unknown_fields_are_refused(job: str, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    response = caller.send(unlike(begun, body={**(begun.body or {}), "of_mine": 1}))
    problem = assert_problem_in_any_language(response, job, "invalid_fields")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [("of_mine", "unknown_field")]


@pytest.mark.parametrize("job", ASK_SOMETHING)
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_wrong_fields_at_once_in_the_readers_language(
    job: str, language: Language, given: Given, caller: Caller
) -> None:
    model = JOBS[job].body
    assert model
    begun = call(job, given)
    wrong = dict.fromkeys([*model.model_fields, "of_mine"], WRONG)
    response = caller.send(unlike(begun, body=wrong), headers={"Accept-Language": language})
    problem = assert_problem(response, job, "invalid_fields", language)
    assert {error["field"].partition(".")[0] for error in problem["errors"]} == wrong.keys()
    for error in problem["errors"]:
        assert error["message"]
        assert Texts(language).entry(f"fields.errors.{error['code']}")


NO_REQUESTS: tuple[tuple[bytes, dict[str, str], str], ...] = (
    (b"{", {}, "bad_json"),
    (b'{"email": "a@example.com", "email": "b@example.com"}', {}, "bad_json"),
    (b'{"a": NaN}', {}, "bad_json"),
    (b'{"a": "\\ud800"}', {}, "bad_json"),
    (b"[" * 30_000, {}, "bad_json"),
    (b"{}", {"Content-Type": "text/plain"}, "unsupported_media_type"),
    (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, "unsupported_media_type"),
    (b"{}", {"Origin": "https://evil.example.com"}, "cross_origin"),
    (b"{}", {"Origin": "null"}, "cross_origin"),
    (b"{}", {"Sec-Fetch-Site": "cross-site"}, "cross_origin"),
    (b"{}", {"Sec-Fetch-Site": "same-site"}, "cross_origin"),
)


@pytest.mark.parametrize("job", TAKE_JSON)
def test_what_is_no_request_of_ours(job: str, cloud: Desk, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    cloud.settle()
    before = kept.stored()
    for content, headers, code in NO_REQUESTS:
        assert_problem_in_any_language(caller.send(begun, content=content, headers=headers), job, code)
    too_large = b'{"a": "' + b"x" * JOBS[job].max_body + b'"}'
    assert_problem_in_any_language(caller.send(begun, content=too_large), job, "too_large")
    assert kept.stored() == before


def assert_problem_in_any_language(response: httpx.Response, job: str, code: str) -> dict[str, Any]:
    """The reader's own language, which differs from journey to journey."""
    language: Language = "fr" if response.headers.get("Content-Language") == "fr" else "en"
    return assert_problem(response, job, code, language)


@pytest.mark.parametrize("job", TAKE_JSON)
def test_the_same_key_gives_the_same_answer_and_changes_nothing(
    job: str, cloud: Desk, given: Given, caller: Caller
) -> None:
    begun = call(job, given)
    first = caller.send(begun, key=given.address("key"))
    cloud.settle()
    before = kept.stored()
    again = caller.send(begun, key=given.address("key"))
    assert (again.status_code, _comparable(again)) == (first.status_code, _comparable(first))
    assert again.headers.get_list("Set-Cookie") == first.headers.get_list("Set-Cookie")
    assert kept.stored() == before


def _comparable(response: httpx.Response) -> Any:
    return response.json() if response.content else None


@pytest.mark.parametrize("job", REMEMBERED)
def test_the_same_key_for_another_request_is_refused(job: str, cloud: Desk, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    done = caller.send(begun, key=given.address("key"))
    assert done.status_code == JOBS[job].status, done.text
    cloud.settle()
    before = kept.stored()
    other = caller.send(unlike(begun, query="another=request"), key=given.address("key"))
    assert_problem_in_any_language(other, job, "idempotency_key_reused")
    assert kept.stored() == before


@pytest.mark.parametrize("job", SIGNED_IN)
def test_a_page_that_shows_another_person_s_things_does_nothing(
    job: str, cloud: Desk, given: Given, caller: Caller
) -> None:
    begun = call(job, given)
    cloud.settle()
    before = kept.stored()
    refused = caller.send(begun, headers={"Guichet-Reader": "another-account"})
    assert_problem_in_any_language(refused, job, "reader_changed")
    assert kept.stored() == before


# Who has done one of these has no session to ask with: they ask for it once more.
_END_THE_SESSION = {"sign-out", "close-account", "confirm-address"}


@pytest.mark.parametrize("job", [name for name in REMEMBERED if name in SIGNED_IN and name not in _END_THE_SESSION])
def test_what_became_of_a_lost_answer_is_told_and_nothing_is_done(
    job: str, cloud: Desk, given: Given, caller: Caller
) -> None:
    begun = call(job, given)
    key, asking = given.address("key"), unlike(begun, query="only=repeat", body=None)
    cloud.settle()
    before = kept.stored()
    assert_problem_in_any_language(caller.send(asking, key=key), job, "not_found")
    assert kept.stored() == before
    first = caller.send(begun, key=key)
    cloud.settle()
    before = kept.stored()
    again = caller.send(asking, key=key)
    assert (again.status_code, _comparable(again)) == (first.status_code, _comparable(first))
    assert kept.stored() == before


@pytest.mark.parametrize("job", TAKE_JSON)
@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none(job: str, key: str, given: Given, caller: Caller) -> None:
    response = caller.send(call(job, given), key=key)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize("job", LISTS)
def test_a_list_is_read_page_by_page(job: str, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    whole = caller.send(unlike(begun, query="limit=100")).json()
    assert whole["next"] is None
    found: list[Any] = []
    query = "limit=1"
    while True:
        page = caller.send(unlike(begun, query=query)).json()
        assert len(page["items"]) <= 1
        found += page["items"]
        if page["next"] is None:
            break
        query = f"limit=1&cursor={page['next']}"
    assert found == whole["items"]


NO_PAGES = (
    ("limit=0", "limit", "too_small"),
    ("limit=101", "limit", "too_big"),
    ("limit=-1", "limit", "too_small"),
    ("limit=two", "limit", "not_a_number"),
    ("limit=", "limit", "not_a_number"),
    ("cursor=%00", "cursor", "invalid_cursor"),
    ("cursor=%C3%A9", "cursor", "invalid_cursor"),
    ("cursor=AAAA", "cursor", "invalid_cursor"),
    ("cursor=" + "x" * 601, "cursor", "too_long"),
)


@pytest.mark.parametrize("job", LISTS)
def test_a_page_that_is_none(job: str, given: Given, caller: Caller) -> None:
    begun = call(job, given)
    for query, field, code in NO_PAGES:
        response = caller.send(unlike(begun, query=query))
        assert response.status_code == 422, response.text
        assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize("job", JOBS)
def test_another_method_is_not_there(job: str, given: Given, caller: Caller) -> None:
    response = caller.send(call(job, given), method="PUT", content=b"{}")
    assert response.status_code in (404, 405), response.text


@pytest.mark.parametrize("name", OF_A_SUBSCRIPTION)
def test_what_happens_to_a_subscription_is_told_to_its_administrator(
    name: str, cloud: Desk, given: Given, caller: Caller
) -> None:
    begun = call(name, given)
    caller.send(begun)
    cloud.settle()
    subscription = given.kept(begun.values["subscription_id"])
    given.sign_in(subscription.administrator)
    told = caller.send(Call(HISTORY, subscription.administrator, {"subscription_id": subscription.id}))
    assert told.status_code == 200, told.text
    assert all(happening["text"] for happening in told.json()["items"])


def test_the_description_is_of_every_job(cloud: Desk) -> None:
    described = cloud.client().get("/api/openapi.json").json()
    found = {operation["operationId"] for methods in described["paths"].values() for operation in methods.values()}
    assert found == JOBS.keys()


def test_the_description_says_which_call_leads_to_which(cloud: Desk) -> None:
    paths = cloud.client().get("/api/openapi.json").json()["paths"]
    added = paths["/api/subscriptions/{subscription_id}/users"]["post"]["responses"]["201"]["links"]
    parameters = {"subscription_id": "$request.path.subscription_id", "email": "$response.body#/email"}
    assert added["remove-user"] == {"operationId": "remove-user", "parameters": parameters}
    # Whoever is added can be invited again, and leave all of it.
    assert added.keys() == {"remove-user", "invite-again", "show-colleague", "remove-colleague"}
    placed = paths["/api/orders"]["post"]["responses"]["201"]["links"]
    assert placed["show-order"]["parameters"] == {"order_id": "$response.body#/id"}
    # Whatever leads to a subscription leads nowhere that needs more than it.
    assert "remove-user" not in placed


def test_a_body_is_needed_where_a_field_is(cloud: Desk) -> None:
    paths = cloud.client().get("/api/openapi.json").json()["paths"]
    assert paths["/api/orders"]["post"]["requestBody"]["required"]
    assert not paths["/api/orders/preview"]["post"]["requestBody"]["required"]


def test_a_path_that_is_written_out_is_not_one_with_a_name_in_its_place(cloud: Desk) -> None:
    response = cloud.client().get("/api/orders/preview")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("who", "path", "body", "messages"),
    [
        (None, "/api/registrations", {"email": "a@example.com"}, {"profile": "not_chosen", "company": "required"}),
        (CAMILLE, "/api/trials", {}, {"product": "not_chosen"}),
        (CAMILLE, "/api/subscriptions/any/cancellation", {}, {"reason": "not_chosen"}),
        (CAMILLE, "/api/subscriptions/any/terms", {}, {"accepted": "not_agreed", "terms_version": "required"}),
        (CAMILLE, "/api/subscriptions/any/administrator", {}, {"email": "not_chosen"}),
        (CAMILLE, "/api/orders", {"billing": {"country": ""}}, {"billing.country": "unknown_country"}),
        (CAMILLE, "/api/orders", {"lines": [REBAR]}, {"lines.0.licence": "not_chosen"}),
        (TOM, "/api/onboarding/documents", {"filename": ""}, {"filename": "no_file", "kind": "not_chosen"}),
        (MARC, "/api/onboarding/documents", KBIS, {"issued_on": "no_date"}),
    ],
)
def test_what_is_missing_is_asked_for_as_it_is_answered(
    cloud: Desk, who: str | None, path: str, body: Any, messages: Mapping[str, str]
) -> None:
    client = cloud.client(who) if who else cloud.client()
    said = {error["field"]: error for error in client.post(path, body, language="fr").json()["errors"]}
    texts = Texts("fr")
    for field, message in messages.items():
        assert (said[field]["code"], said[field]["message"]) == ("required", texts(f"fields.errors.{message}"))
