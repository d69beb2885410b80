"""The guard: a function may do what its own policies in template.yaml say, and is refused the rest as AWS would."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.callers import access_key, calling
from tests.desk import Desk

_QUICK = Config(retries={"total_max_attempts": 1})
_NO_ITEM = {"PK": {"S": "USER#nobody"}, "SK": {"S": "ACCOUNT"}}


@pytest.fixture(autouse=True)
def answered_by(desk: Desk) -> Desk:
    """The local cloud."""
    return desk


@pytest.fixture
def onboarding() -> Iterator[None]:
    """Who calls."""
    with calling(access_key("OnboardingFunction")):
        yield


def client(service: str) -> Any:
    return boto3.client(service, config=_QUICK)  # type: ignore[call-overload]


def refusal(call: Callable[[], Any]) -> tuple[str, int, str]:
    """The code, the status and the words with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call()
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_the_root_may_do_all() -> None:
    assert client("dynamodb").scan(TableName=os.environ["TABLE"])["Items"]


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", access_key("NoFunction")])
def test_a_stranger_may_do_nothing(key: str) -> None:
    with calling(key):
        assert refusal(lambda: client("s3").list_buckets())[:2] == ("AccessDenied", 403)
    assert httpx.get(f"{os.environ['AWS_ENDPOINT_URL']}/{os.environ['PAPERS']}").status_code == 403


@pytest.mark.usefixtures("onboarding")
def test_a_refusal_says_what_was_wanted_of_what() -> None:
    table = os.environ["TABLE"]
    client("dynamodb").put_item(TableName=table, Item=_NO_ITEM)
    code, status, words = refusal(lambda: client("dynamodb").scan(TableName=table))
    assert (code, status) == ("AccessDeniedException", 400)
    assert f"to perform: dynamodb:Scan on resource: arn:aws:dynamodb:eu-west-3:123456789012:table/{table} " in words
    assert refusal(lambda: client("dynamodb").scan(TableName="another"))[0] == "AccessDeniedException"


@pytest.mark.usefixtures("onboarding")
@pytest.mark.parametrize(
    ("service", "call", "status"),
    [
        (
            "kms",
            lambda kms: kms.sign(KeyId=os.environ["SEALING_KEY"], Message=b"", SigningAlgorithm="RSASSA_PSS_SHA_256"),
            400,
        ),
        ("cognito-idp", lambda users: users.list_users(UserPoolId=os.environ["USER_POOL"]), 400),
        (
            "secretsmanager",
            lambda secrets: secrets.put_secret_value(SecretId=os.environ["SECRET"], SecretString="a"),
            400,
        ),
        ("lambda", lambda functions: functions.invoke(FunctionName=os.environ["CONTRACT_FUNCTION"]), 403),
        (
            "sesv2",
            lambda mail: mail.send_email(
                FromEmailAddress=os.environ["SENDER"],
                Destination={"ToAddresses": ["a@example.com"]},
                Content={"Simple": {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "a"}}}},
            ),
            403,
        ),
    ],
)
def test_each_service_refuses_in_its_way(service: str, call: Callable[[Any], Any], status: int) -> None:
    assert refusal(lambda: call(client(service)))[:2] == ("AccessDeniedException", status)


def test_a_mail_leaves_from_our_address_alone(answered_by: Desk) -> None:
    def send(sender: str) -> Any:
        return client("sesv2").send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": ["a@example.com"]},
            Content={"Simple": {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "a"}}}},
        )

    with calling(access_key("NotificationsFunction")):
        send(f"The desk <{os.environ['SENDER']}>")
        assert refusal(lambda: send("boss@example.com"))[0] == "AccessDeniedException"
    assert [mail.to for mail in answered_by.mails("a@example.com")] == ["a@example.com"]


def test_a_seal_is_made_with_its_algorithm_alone() -> None:
    def sign(algorithm: str) -> Any:
        return client("kms").sign(
            KeyId=os.environ["SEALING_KEY"], Message=b"a", MessageType="RAW", SigningAlgorithm=algorithm
        )

    with calling(access_key("SealingFunction")):
        assert sign("RSASSA_PKCS1_V1_5_SHA_256")["Signature"]
        assert refusal(lambda: sign("RSASSA_PSS_SHA_256"))[0] == "AccessDeniedException"


def test_a_transaction_needs_leave_for_each_kind_of_write_in_it() -> None:
    table = os.environ["TABLE"]
    put = {"Put": {"TableName": table, "Item": _NO_ITEM}}
    update = {
        "Update": {
            "TableName": table,
            "Key": {**_NO_ITEM, "SK": {"S": "OTHER"}},
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        }
    }
    with calling(access_key("SealingFunction")):
        client("dynamodb").transact_write_items(TransactItems=[put])
        code, _, words = refusal(lambda: client("dynamodb").transact_write_items(TransactItems=[put, update]))
    assert code == "AccessDeniedException"
    assert "dynamodb:UpdateItem" in words


def test_that_an_object_is_missing_is_said_to_who_may_list() -> None:
    def get(key: str) -> Any:
        return client("s3").get_object(Bucket=os.environ["CONTRACTS"], Key=key)

    with calling(access_key("SubscriptionsFunction")):
        assert refusal(lambda: get("sealed/nothing"))[:2] == ("NoSuchKey", 404)
    with calling(access_key("VerificationFunction")):
        assert get("seals/local.pem")["Body"].read()
        # It may list them by their prefix, which asking for an object does not name.
        assert refusal(lambda: get("seals/nothing"))[:2] == ("AccessDenied", 403)
        assert refusal(lambda: get("sealed/nothing"))[:2] == ("AccessDenied", 403)


def test_a_list_is_had_by_its_prefix() -> None:
    def listed(**options: str) -> Any:
        return client("s3").list_objects_v2(Bucket=os.environ["CONTRACTS"], **options)

    with calling(access_key("VerificationFunction")):
        assert [found["Key"] for found in listed(Prefix="seals/")["Contents"]] == ["seals/local.pem"]
        assert refusal(listed)[:2] == ("AccessDenied", 403)
        assert refusal(lambda: listed(Prefix="sealed/"))[:2] == ("AccessDenied", 403)


def test_an_object_that_may_not_be_deleted_is_named_in_the_answer() -> None:
    s3, bucket = client("s3"), os.environ["CONTRACTS"]
    objects: Any = {"Objects": [{"Key": "seals/local.pem"}], "Quiet": True}
    with calling(access_key("VerificationFunction")):
        answer = s3.delete_objects(Bucket=bucket, Delete=objects)
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [("seals/local.pem", "AccessDenied")]
    assert s3.head_object(Bucket=bucket, Key="seals/local.pem")["ContentLength"]


@pytest.mark.parametrize(("key", "status"), [("quarantine/tried/card", 204), ("papers/tried/card", 403)])
def test_a_form_has_the_rights_of_the_function_that_signed_it(key: str, status: int) -> None:
    s3 = _public_client()
    with calling(access_key("OnboardingFunction")):
        form = s3.generate_presigned_post(os.environ["PAPERS"], key, ExpiresIn=60)
    assert httpx.post(form["url"], data=form["fields"], files={"file": b"a"}).status_code == status


@pytest.mark.parametrize(("function", "status"), [("SealingFunction", 200), ("OnboardingFunction", 403)])
def test_a_link_has_the_rights_of_the_function_that_signed_it(function: str, status: int) -> None:
    s3 = _public_client()
    with calling(access_key(function)):
        link = s3.generate_presigned_url(
            "get_object", Params={"Bucket": os.environ["CONTRACTS"], "Key": "seals/local.pem"}
        )
    assert httpx.get(link).status_code == status


def _public_client() -> Any:
    addressing = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=os.environ["S3_PUBLIC_ENDPOINT"], config=addressing)
