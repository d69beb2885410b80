"""What customers and workers do beyond the journeys' calls: links followed, files landed twice, events given up."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock

import httpx
from botocore.exceptions import ClientError

from functions.onboarding import authentication, reviews
from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.subscriptions.fetch_contract import FETCH
from functions.verification.app import VERIFY
from functions.workers import owed
from functions.workers.stream import PATIENCE
from infra.local.certificate import issue_test_chain
from infra.local.cloud import LocalCloud
from tests.crash.faults import down
from tests.crash.world import World, nobody_waits
from tests.desk import first_calls
from tests.journeys import JOURNEYS, Call, Work
from tests.journeys.given import PASSWORD, Given
from tests.papers import PHOTO
from tests.receivers import inboxes


@dataclass
class Scene:
    """Where something is done, and with what it begins."""

    world: World
    local: LocalCloud
    given: Given

    def call(self, call: Call) -> Any:
        """What a successful call is answered."""
        answer = self.world.answer(self.given, call, "a key")
        assert answer["statusCode"] < 300, answer
        return json.loads(answer["body"]) if answer.get("body") else None

    def begun(self, journey: str) -> Any:
        """The call of a journey, or its work."""
        return JOURNEYS[journey](self.given).call


def follow_a_contracts_link(scene: Scene) -> None:
    """As it is read, and as it is set again when its file is lost."""
    call = scene.begun("fetch-contract")
    assert httpx.get(scene.call(call)["url"]).status_code == 200
    scene.local.aws.empty([], [scene.given.cloud.settings.contracts])
    assert httpx.get(scene.call(call)["url"]).status_code == 200


def follow_a_confirmations_link(scene: Scene) -> None:
    assert httpx.get(scene.call(scene.begun("fetch-confirmation"))["url"]).status_code == 200


def follow_the_links_of_invoices(scene: Scene) -> None:
    """Of one and of a year."""
    for name in ("fetch-invoice", "fetch-invoices-of-year"):
        assert httpx.get(scene.call(scene.begun(name))["url"]).status_code == 200


def bring_the_seal(cloud: Cloud) -> None:
    """Its certificate, without which nothing is sealed."""
    key = cloud.kms.get_public_key(KeyId=cloud.settings.sealing_key)["PublicKey"]
    chain = issue_test_chain(key, cloud.settings.supplier.partition(",")[0])
    cloud.files.put_object(Bucket=cloud.settings.contracts, Key="seals/tried.pem", Body=chain)


def seal_a_contract(scene: Scene) -> None:
    """Signed, sealed, fetched and verified."""
    bring_the_seal(scene.given.cloud)
    sign = scene.begun("sign")
    scene.call(sign)
    scene.world.deliver(["NotificationsFunction", "SealingFunction"])
    contract = scene.call(Call(FETCH, sign.by, sign.values))
    assert contract["signed"]
    pdf = httpx.get(contract["url"])
    assert pdf.status_code == 200
    assert scene.call(Call(VERIFY, file=pdf.content))["whole"]


def send_a_paper(scene: Scene) -> None:
    upload = scene.call(scene.begun("send-document"))["upload"]
    assert httpx.post(upload["url"], data=upload["fields"], files={"file": PHOTO}).status_code == 204


def look_at_a_paper(scene: Scene) -> None:
    decide = scene.begun("decide-review")
    [paper] = scene.call(Call(reviews.SHOW, decide.by, decide.values))["documents"]
    assert httpx.get(paper["link"]["url"]).status_code == 200


def accept_a_scanned_paper(scene: Scene) -> None:
    decide = scene.begun("decide-review")
    files, bucket = scene.given.cloud.files, scene.given.cloud.settings.papers
    [paper] = files.list_objects_v2(Bucket=bucket, Prefix=f"papers/{decide.values['account']}/")["Contents"]
    tag: Any = {"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": "NO_THREATS_FOUND"}]}
    files.put_object_tagging(Bucket=bucket, Key=paper["Key"], Tagging=tag)
    with mock.patch.dict(os.environ, MALWARE_SCAN="true"), first_calls(scene.local):
        scene.call(decide)


def take_in_a_file_that_is_gone(scene: Scene) -> None:
    """Another run has dealt with it."""
    landed = scene.begun("send-document: the file lands")
    [record] = landed.event["Records"]
    scene.given.cloud.files.delete_object(
        Bucket=scene.given.cloud.settings.papers,
        Key=record["s3"]["object"]["key"],
        VersionId=record["s3"]["object"]["versionId"],
    )
    scene.world.work(landed)


def forget_a_login(scene: Scene) -> None:
    """One that nobody has used since it was made."""
    cloud, login = scene.given.cloud, "5" * 32
    authentication.make_login(cloud, authentication.Login(login, PASSWORD))
    made_at = clock.now() - timedelta(days=5)
    scene.given.write(authentication.look_at_login(login, scene.given.address("new"), made_at))
    scene.world.work(Work("DueFunction", {}))
    try:
        cloud.cognito.admin_get_user(UserPoolId=cloud.settings.user_pool, Username=login)
    except ClientError:
        return
    raise AssertionError("the login is still there")


def sweep_up_a_seal(scene: Scene) -> None:
    """The stream has forgotten the signature."""
    bring_the_seal(scene.given.cloud)
    scene.call(scene.begun("sign"))
    sweep_up(scene, "SealingFunction")


def sweep_up_an_email(scene: Scene) -> None:
    scene.call(scene.begun("add-user"))
    sweep_up(scene, "NotificationsFunction")


def sweep_up_a_paper(scene: Scene) -> None:
    """S3 was gone when it landed."""
    landed = scene.begun("send-document: the file lands")
    with down("s3"), nobody_waits():
        scene.world.work(landed)
    sweep_up(scene, landed.function)


def sweep_up(scene: Scene, function: str) -> None:
    """What a worker was to do."""
    assert scene.world.pending(function)
    scene.world.forget()
    # Of the code that is called, which may have been read anew since this was.
    scene.local.functions.travel(clock.offset() + 2 * PATIENCE)
    assert scene.world.sweep(function)["done"] == 1
    assert not scene.world.pending(function)


def tell_a_receiver(scene: Scene) -> None:
    """It is down at first; a run of its own is called for when there is something, and what was erased is let be."""
    with inboxes(scene.local, "crm") as [crm]:
        crm.answers = lambda body: 503
        scene.call(scene.begun("add-user"))
        scene.world.hand_over(["WebhooksFunction"])
        called = called_for(scene.local, "WebhooksFunction")
        assert called == [{"receiver": "crm"}]
        scene.world.work(Work("WebhooksFunction", called[0]))
        assert (len(crm.told), len(crm.taken)) == (1, 0)
        crm.answers = lambda body: 204
        scene.local.functions.travel(clock.offset() + timedelta(hours=1))
        scene.world.work(Work("WebhooksFunction", {}))
        assert called_for(scene.local, "WebhooksFunction") == called
        scene.world.work(Work("WebhooksFunction", called[0]))
        assert len(crm.taken) == 1
        assert not owed.waiting(scene.given.store, "crm")


def called_for(local: LocalCloud, function: str) -> list[Any]:
    """With what a function was called for, to be done later, since this was asked."""
    events = [*local._called[function]._events]
    local._called[function].forget()
    return events


def give_up(function: str) -> Callable[[Scene], None]:
    """An event of the stream that the function cannot handle: a dead letter."""

    def fail(event: Any) -> None:
        raise RuntimeError("it cannot")

    def deed(scene: Scene) -> None:
        events = scene.local.functions.by_name[function].events.values()
        [properties] = [event["Properties"] for event in events if event["Type"] == "DynamoDB"]
        [queue] = scene.local.stack.queues()
        sqs = scene.local.stack.client("sqs")
        # What was given up where a grant was taken away may be there yet.
        sqs.purge_queue(QueueUrl=queue)
        mapping = scene.local.stream_mapping(function, {**properties, "FilterCriteria": {}}, fail)
        mapping.forget()
        scene.given.person()
        mapping.work()
        letters = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        sqs.purge_queue(QueueUrl=queue)
        assert {json.loads(letter["Body"])["requestContext"]["functionArn"] for letter in letters} == {
            scene.local.functions.by_name[function].arn
        }

    return deed


DEEDS: Mapping[str, Callable[[Scene], None]] = {
    "fetch-contract: follow the link": follow_a_contracts_link,
    "fetch-confirmation: follow the link": follow_a_confirmations_link,
    "fetch-invoice: follow the links": follow_the_links_of_invoices,
    "sign: sealed, fetched and verified": seal_a_contract,
    "send-document: send the file": send_a_paper,
    "send-document: the file is gone": take_in_a_file_that_is_gone,
    "show-review: follow the link": look_at_a_paper,
    "decide-review: scanned for malware": accept_a_scanned_paper,
    "register: nobody confirms": forget_a_login,
    "sign: swept up": sweep_up_a_seal,
    "add-user: swept up": sweep_up_an_email,
    "send-document: swept up": sweep_up_a_paper,
    "a dead letter of NotificationsFunction": give_up("NotificationsFunction"),
    "a dead letter of SealingFunction": give_up("SealingFunction"),
    "add-user: a receiver is told": tell_a_receiver,
    "a dead letter of WebhooksFunction": give_up("WebhooksFunction"),
}
