"""Presigned uploads and downloads: what the policy or the link does not allow is refused, and nothing is stored."""

import base64
import hmac
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from infra.local.aws import ACCESS_KEY, REGION, SECRET_KEY
from tests.desk import Desk

KEY = "tried/a paper é.pdf"
CONTENT = b"%PDF-1.7 " + b"x" * 100


@pytest.fixture
def s3(desk: Desk) -> Any:
    """A client whose links lead to the gateway, as the functions' own."""
    return boto3.client(
        "s3",
        endpoint_url=os.environ["S3_PUBLIC_ENDPOINT"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


@pytest.fixture
def bucket(s3: Any) -> Iterator[str]:
    """A bucket of the template; no worker looks at the tests' keys."""
    name = os.environ["PAPERS"]
    yield name
    boto3.resource("s3").Bucket(name).object_versions.filter(Prefix="tried/").delete()


@pytest.fixture
def form(s3: Any, bucket: str) -> dict[str, Any]:
    """A form that allows one file of one key, type and size range, for five minutes."""
    made: dict[str, Any] = s3.generate_presigned_post(
        bucket,
        KEY,
        Fields={"Content-Type": "application/pdf", "x-amz-meta-kind": "kbis"},
        Conditions=[
            {"Content-Type": "application/pdf"},
            ["starts-with", "$x-amz-meta-kind", "kb"],
            ["content-length-range", 10, 1000],
        ],
        ExpiresIn=300,
    )
    return made


def send(
    form: Mapping[str, Any], fields: Mapping[str, str | None] = MappingProxyType({}), content: bytes = CONTENT
) -> httpx.Response:
    """Send the form with some fields set otherwise, or left out when None."""
    kept = {name: value for name, value in {**form["fields"], **fields}.items() if value is not None}
    return httpx.post(form["url"], data=kept, files={"file": ("a paper.pdf", content, "application/pdf")})


def code(response: httpx.Response) -> str:
    return response.text.partition("<Code>")[2].partition("</Code>")[0]


def stored(bucket: str) -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="tried/")
    return [item["Key"] for item in found.get("Contents", [])]


def sign(conditions: list[Any], bucket: str, *, expiration: str = "2099-01-01T00:00:00Z") -> dict[str, Any]:
    """A form with a policy of any content, rightly signed."""
    date = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    scope = f"{date[:8]}/{REGION}/s3/aws4_request"
    fields = {
        "key": KEY,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{ACCESS_KEY}/{scope}",
        "x-amz-date": date,
    }
    everything = [*conditions, {"bucket": bucket}, *({name: fields[name]} for name in fields if name != "key")]
    document = {"expiration": expiration, "conditions": everything}
    policy = base64.b64encode(json.dumps(document).encode()).decode()
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    fields |= {"policy": policy, "x-amz-signature": hmac.digest(key, policy.encode(), "sha256").hex()}
    return {"url": f"{os.environ['S3_PUBLIC_ENDPOINT']}/{bucket}", "fields": fields}


def test_an_upload_that_the_policy_allows_is_stored(form: dict[str, Any], bucket: str) -> None:
    response = send(form)
    assert response.status_code == 204
    found = boto3.client("s3").get_object(Bucket=bucket, Key=KEY)
    assert found["Body"].read() == CONTENT
    assert found["ContentType"] == "application/pdf"
    assert found["Metadata"] == {"kind": "kbis"}


@pytest.mark.parametrize(
    ("fields", "status", "expected"),
    [
        ({"key": "tried/another.pdf"}, 403, "AccessDenied"),
        ({"Content-Type": "text/html"}, 403, "AccessDenied"),
        ({"Content-Type": None}, 403, "AccessDenied"),
        ({"x-amz-meta-kind": "identity"}, 403, "AccessDenied"),
        ({"x-amz-meta-kind": None}, 403, "AccessDenied"),
        ({"acl": "public-read"}, 403, "AccessDenied"),
        ({"x-amz-meta-more": "1"}, 403, "AccessDenied"),
        ({"policy": None}, 403, "AccessDenied"),
        ({"x-amz-signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
        ({"x-amz-signature": None}, 403, "SignatureDoesNotMatch"),
        ({"x-amz-credential": "someone/20260101/eu-west-3/s3/aws4_request"}, 403, "InvalidAccessKeyId"),
        (
            {"x-amz-credential": f"{ACCESS_KEY}/20200101/{REGION}/s3/aws4_request"},
            400,
            "AuthorizationQueryParametersError",
        ),
        ({"x-amz-algorithm": "AWS4-HMAC-MD5"}, 400, "InvalidArgument"),
        ({"key": None}, 400, "InvalidArgument"),
    ],
)
def test_a_form_that_was_changed_is_refused(
    form: dict[str, Any], bucket: str, fields: dict[str, str | None], status: int, expected: str
) -> None:
    response = send(form, fields)
    assert (response.status_code, code(response)) == (status, expected)
    assert stored(bucket) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [(9, "EntityTooSmall"), (10, None), (1000, None), (1001, "EntityTooLarge"), (0, "EntityTooSmall")],
)
def test_the_size_must_be_in_the_range(form: dict[str, Any], bucket: str, size: int, expected: str | None) -> None:
    response = send(form, content=b"x" * size)
    assert (response.status_code, code(response)) == ((400, expected) if expected else (204, ""))
    assert stored(bucket) == ([] if expected else [KEY])


def test_a_policy_is_read_strictly(bucket: str) -> None:
    allowed = [{"key": KEY}]
    assert send(sign(allowed, bucket)).status_code == 204
    assert code(send(sign([], bucket))) == "AccessDenied"  # the key is named by nothing
    assert code(send(sign([{"key": KEY}, ["ends-with", "$key", "pdf"]], bucket))) == "InvalidPolicyDocument"
    assert code(send(sign(allowed, "another-bucket") | {"url": f"{os.environ['S3_PUBLIC_ENDPOINT']}/{bucket}"})) == (
        "AccessDenied"
    )
    assert code(send(sign(allowed, bucket, expiration="2020-01-01T00:00:00Z"))) == "AccessDenied"
    assert code(send(sign(allowed, bucket, expiration="soon"))) == "InvalidPolicyDocument"


def test_a_form_expires(s3: Any, bucket: str) -> None:
    form = s3.generate_presigned_post(bucket, KEY, ExpiresIn=1)
    time.sleep(1.1)
    response = send(form)
    assert (response.status_code, code(response)) == (403, "AccessDenied")
    assert "expired" in response.text
    assert stored(bucket) == []


def test_what_is_no_form_with_one_file_is_refused(form: dict[str, Any]) -> None:
    assert httpx.post(form["url"], json={}).status_code == 412
    without = httpx.post(form["url"], data=form["fields"], files={"other": ("a.pdf", CONTENT)})
    assert (without.status_code, code(without)) == (400, "InvalidArgument")
    assert httpx.put(f"{form['url']}/{KEY}", content=CONTENT).status_code == 405


def test_a_link_gives_the_object_under_the_name_it_was_signed_with(s3: Any, bucket: str) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key=KEY, Body=CONTENT, ContentType="application/pdf")
    link = s3.generate_presigned_url(
        "get_object",
        {"Bucket": bucket, "Key": KEY, "ResponseContentDisposition": 'attachment; filename="contract.pdf"'},
        ExpiresIn=60,
    )
    response = httpx.get(link)
    assert response.status_code == 200
    assert response.content == CONTENT
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="contract.pdf"'
    assert httpx.get(link.replace("localhost", "127.0.0.1")).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.replace("paper", "letter"),
        lambda link: link.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        lambda link: link + "&response-content-type=text%2Fhtml",
        lambda link: link[:-1] + ("0" if link[-1] != "0" else "1"),
        lambda link: link.partition("?")[0],
    ],
)
def test_a_link_that_was_changed_is_refused(s3: Any, bucket: str, change: Callable[[str], str]) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key=KEY, Body=CONTENT)
    link = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": KEY}, ExpiresIn=60)
    response = httpx.get(change(link))
    assert response.status_code == 403
    assert CONTENT not in response.content


def test_a_link_expires(s3: Any, bucket: str) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key=KEY, Body=CONTENT)
    link = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": KEY}, ExpiresIn=1)
    time.sleep(1.1)
    response = httpx.get(link)
    assert (response.status_code, code(response)) == (403, "AccessDenied")
    assert "expired" in response.text


def test_a_link_of_another_method_or_to_nothing_is_refused(s3: Any, bucket: str) -> None:
    link = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": KEY}, ExpiresIn=60)
    assert code(httpx.get(link)) == "NoSuchKey"
    assert httpx.head(link).status_code == 403
