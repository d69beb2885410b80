"""An AWS account that answers from memory and keeps what it was asked, one botocore client a service."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

type Answer = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class Account:
    """Every client is botocore's own up to the wire, so that parameters are validated as they are for AWS."""

    def __init__(self, answer: Answer) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self._answer = answer

    def client(self, service: str, region: str = "eu-west-3") -> Any:
        made: Any = boto3.client(  # type: ignore[call-overload]
            service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x"
        )
        asked: list[Mapping[str, Any]] = []

        def keep(params: Mapping[str, Any], **other: Any) -> None:
            asked.append(dict(params))

        def answered(model: Any, **other: Any) -> Any:
            self.calls.append((model.name, asked[-1]))
            return AWSResponse("", 200, HTTPHeaders(), b""), self._answer(model.name, asked[-1])

        made.meta.events.register_first("before-parameter-build", keep)
        made.meta.events.register_first("before-call", answered)
        return made


class Bucket:
    """A bucket, as far as publishing uses one."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.about: dict[str, Mapping[str, Any]] = {}

    def answer(self, operation: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        match operation:
            case "PutObject":
                body = asked["Body"]
                self.objects[asked["Key"]] = body if isinstance(body, bytes) else body.read()
                self.about[asked["Key"]] = asked
            case "DeleteObject":
                del self.objects[asked["Key"]]
            case "GetObject":
                return {"Body": _Stream(self.objects[asked["Key"]])}
            case "ListObjectsV2":
                return {"Contents": [{"Key": key} for key in sorted(self.objects)], "IsTruncated": False}
        return {}


class PathStore:
    """A key-value store."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def answer(self, operation: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        match operation:
            case "ListKeys":
                return {"Items": [{"Key": key, "Value": value} for key, value in self.values.items()]}
            case "UpdateKeys":
                assert asked["IfMatch"] == str(len(self.values))
                assert len(asked.get("Puts", [])) + len(asked.get("Deletes", [])) <= 50
                self.values |= {put["Key"]: put["Value"] for put in asked.get("Puts", [])}
                for delete in asked.get("Deletes", []):
                    del self.values[delete["Key"]]
        return {"ETag": str(len(self.values))}


class _Stream:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        return self._content
