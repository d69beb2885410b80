"""Makes the resources of template.yaml in the local AWS, one creator a type."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local import template
from infra.local.aws import ACCOUNT, REGION

type Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Resource:
    """What a made resource answers to `Ref` and `GetAtt`."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Function:
    """A function of the template, everything in it resolved but its code."""

    name: str
    handler: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    events: Mapping[str, Mapping[str, Any]]
    on_failure: str | None
    # As the template has them, their intrinsic functions resolved.
    policies: Any = ()

    @property
    def arn(self) -> str:
        """Its name in AWS."""
        return _arn("lambda", f"function:{self.name}")


type Creator = Callable[["Stack", str, Properties], Resource]


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


class Stack:
    """All resources of one template, each made when it is first referred to, so that order comes by itself."""

    def __init__(self, path: Path, name: str, parameters: Mapping[str, str]) -> None:
        import boto3

        self.name = name
        self._template = template.load(path)
        self._resolver = template.Resolver(self._template, parameters, self._ref, self._attribute)
        self._made: dict[str, Resource] = {}
        self._under_way: set[str] = set()
        self._session = boto3.Session()
        self._clients: dict[str, Any] = {}
        for logical_name in self._template["Resources"]:
            self._make(logical_name)
        self.functions = {name: self._function(name) for name in self._of_type("AWS::Serverless::Function")}

    def client(self, service: str) -> Any:
        """A client of the local AWS; one a service, since each takes tens of milliseconds to make."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service)  # type: ignore[call-overload]
        return self._clients[service]

    def physical_name(self, logical_name: str) -> str:
        """A resource's name in AWS, unlike those of other stacks in the process."""
        return f"{self.name}-{logical_name}"

    def buckets(self) -> list[str]:
        """The names of its buckets."""
        return [self._ref(name) for name in self._of_type("AWS::S3::Bucket")]

    def tables(self) -> list[str]:
        """The names of its tables."""
        return [self._ref(name) for name in self._of_type("AWS::DynamoDB::Table")]

    def user_pools(self) -> list[str]:
        """The ids of its user pools."""
        return [self._ref(name) for name in self._of_type("AWS::Cognito::UserPool")]

    def queues(self) -> list[str]:
        """The addresses of its queues."""
        return [self._ref(name) for name in self._of_type("AWS::SQS::Queue")]

    def environment(self) -> dict[str, str]:
        """The environment of all functions together: they share one process here.

        Raises ValueError when two of them give one variable different values.
        """
        union: dict[str, str] = {}
        for function in self.functions.values():
            for name, value in function.environment.items():
                if union.setdefault(name, value) != value:
                    raise ValueError(f"{function.name} gives {name} another value than the function before it")
        return union

    def _of_type(self, kind: str) -> list[str]:
        resources = self._template["Resources"]
        return [name for name, resource in resources.items() if resource["Type"] == kind and self._is_wanted(resource)]

    def _is_wanted(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self._resolver.holds(resource["Condition"])

    def _make(self, logical_name: str) -> Resource:
        if logical_name in self._made:
            return self._made[logical_name]
        if logical_name in self._under_way:
            raise ValueError(f"{logical_name} is needed to make itself")
        self._under_way.add(logical_name)
        resource = self._template["Resources"][logical_name]
        kind = resource["Type"]
        if kind in _WITHOUT_LOCAL_MEANING or not self._is_wanted(resource):
            self._made[logical_name] = Resource(self.physical_name(logical_name))
        elif kind == "AWS::Serverless::Function":
            # Known by its name alone until all resources are there: it may refer to any of them.
            self._made[logical_name] = _function(self.physical_name(logical_name))
        elif creator := CREATORS.get(kind):
            properties = self._resolver.value(resource.get("Properties", {}))
            self._made[logical_name] = creator(self, logical_name, properties)
        else:
            raise NotImplementedError(f"the local cloud cannot make {logical_name}: it knows no {kind}")
        return self._made[logical_name]

    def _ref(self, logical_name: str) -> str:
        if logical_name.startswith("AWS::"):
            return {
                "AWS::Region": REGION,
                "AWS::AccountId": ACCOUNT,
                "AWS::Partition": "aws",
                "AWS::URLSuffix": "amazonaws.com",
                "AWS::StackName": self.name,
            }[logical_name]
        return self._make(logical_name).ref

    def _attribute(self, logical_name: str, attribute: str) -> str:
        return self._make(logical_name).attributes.get(attribute, f"{logical_name}.{attribute}")

    def _function(self, logical_name: str) -> Function:
        globals_ = self._resolver.value(self._template.get("Globals", {}).get("Function", {}))
        raw = self._template["Resources"][logical_name]["Properties"]
        own = self._resolver.value(raw)
        variables = [source.get("Environment", {}).get("Variables", {}) for source in (globals_, own)]
        return Function(
            name=self.physical_name(logical_name),
            handler=own["Handler"],
            timeout=int(own.get("Timeout", globals_.get("Timeout", 3))),
            memory=int(own.get("MemorySize", globals_.get("MemorySize", 128))),
            environment={name: str(value) for name, value in (variables[0] | variables[1]).items()},
            events=own.get("Events", {}) | self._streams(logical_name),
            on_failure=_on_failure(own),
            policies=own.get("Policies", []),
        )

    def _streams(self, function: str) -> dict[str, Mapping[str, Any]]:
        """What a function reads of streams, as the events that SAM would have it declare."""
        mappings = self._of_type("AWS::Lambda::EventSourceMapping")
        raw = {name: self._template["Resources"][name]["Properties"] for name in mappings}
        own = {
            name: self._resolver.value(raw[name]) for name in mappings if raw[name]["FunctionName"]["Ref"] == function
        }
        return {
            name: {"Type": "DynamoDB", "Properties": {"Stream": properties["EventSourceArn"], **properties}}
            for name, properties in own.items()
        }


def _on_failure(function: Properties) -> str | None:
    """The queue that takes the asynchronous events that a function could not handle."""
    destination = function.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {})
    arn: str | None = destination.get("Destination") or function.get("DeadLetterQueue", {}).get("TargetArn")
    return arn


def _table(stack: Stack, name: str, properties: Properties) -> Resource:
    client = stack.client("dynamodb")
    table = properties.get("TableName", stack.physical_name(name))
    indexes = {key: properties[key] for key in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes") if key in properties}
    stream = properties.get("StreamSpecification")
    made = client.create_table(
        TableName=table,
        AttributeDefinitions=properties["AttributeDefinitions"],
        KeySchema=properties["KeySchema"],
        BillingMode="PAY_PER_REQUEST",
        **indexes,
        **({"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}),
    )["TableDescription"]
    if ttl := properties.get("TimeToLiveSpecification"):
        client.update_time_to_live(TableName=table, TimeToLiveSpecification=ttl)
    return Resource(table, {"Arn": _arn("dynamodb", f"table/{table}"), "StreamArn": made.get("LatestStreamArn", "")})


def _user_pool(stack: Stack, name: str, properties: Properties) -> Resource:
    options = {key: value for key, value in properties.items() if key not in ("UserPoolName", "UserPoolTags")}
    pool = stack.client("cognito-idp").create_user_pool(
        PoolName=properties.get("UserPoolName", stack.physical_name(name)), **options
    )["UserPool"]
    return Resource(pool["Id"], {"Arn": pool["Arn"], "UserPoolId": pool["Id"]})


def _user_pool_client(stack: Stack, name: str, properties: Properties) -> Resource:
    options = {key: value for key, value in properties.items() if key not in ("UserPoolId", "ClientName")}
    client = stack.client("cognito-idp").create_user_pool_client(
        UserPoolId=properties["UserPoolId"],
        ClientName=properties.get("ClientName", stack.physical_name(name)),
        **options,
    )["UserPoolClient"]
    return Resource(client["ClientId"], {"ClientId": client["ClientId"]})


def _user_pool_group(stack: Stack, name: str, properties: Properties) -> Resource:
    group = properties.get("GroupName", stack.physical_name(name))
    stack.client("cognito-idp").create_group(UserPoolId=properties["UserPoolId"], GroupName=group)
    return Resource(group)


def _secret(stack: Stack, name: str, properties: Properties) -> Resource:
    client = stack.client("secretsmanager")
    value = properties.get("SecretString")
    if generate := properties.get("GenerateSecretString"):
        wanted = {key: generate[key] for key in generate if key not in ("SecretStringTemplate", "GenerateStringKey")}
        value = client.get_random_password(**wanted)["RandomPassword"]
        if "SecretStringTemplate" in generate:
            value = json.dumps(json.loads(generate["SecretStringTemplate"]) | {generate["GenerateStringKey"]: value})
    arn = client.create_secret(Name=properties.get("Name", stack.physical_name(name)), SecretString=value)["ARN"]
    return Resource(arn, {"Id": arn})


def _queue(stack: Stack, name: str, properties: Properties) -> Resource:
    queue = properties.get("QueueName", stack.physical_name(name) + (".fifo" if properties.get("FifoQueue") else ""))
    attributes = {
        key: json.dumps(value) if isinstance(value, dict | bool) else str(value)
        for key, value in properties.items()
        if key not in ("QueueName", "Tags")
    }
    url = stack.client("sqs").create_queue(QueueName=queue, Attributes=attributes)["QueueUrl"]
    return Resource(url, {"Arn": _arn("sqs", queue), "QueueName": queue, "QueueUrl": url})


def _bucket(stack: Stack, name: str, properties: Properties) -> Resource:
    client = stack.client("s3")
    bucket = properties.get("BucketName", stack.physical_name(name)).lower()
    client.create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=bool(properties.get("ObjectLockEnabled")),
    )
    if versioning := properties.get("VersioningConfiguration"):
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versioning)
    if lock := properties.get("ObjectLockConfiguration"):
        client.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=lock)
    if encryption := properties.get("BucketEncryption"):
        rules = [
            {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
            for rule in encryption["ServerSideEncryptionConfiguration"]
        ]
        client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    if access := properties.get("PublicAccessBlockConfiguration"):
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=access)
    if lifecycle := properties.get("LifecycleConfiguration"):
        client.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]}
        )
    return Resource(
        bucket,
        {
            "Arn": f"arn:aws:s3:::{bucket}",
            "DomainName": f"{bucket}.s3.amazonaws.com",
            "RegionalDomainName": f"{bucket}.s3.{REGION}.amazonaws.com",
        },
    )


def _lifecycle_rule(rule: Mapping[str, Any]) -> Any:
    """CloudFormation's words for a rule, in the API's."""
    api: dict[str, Any] = {
        "ID": rule.get("Id", "rule"),
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        api["Expiration"] = {"Days": rule["ExpirationInDays"]}
    elif rule.get("ExpiredObjectDeleteMarker"):
        api["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    noncurrent = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")
    noncurrent = noncurrent or rule.get("NoncurrentVersionExpirationInDays")
    if noncurrent:
        api["NoncurrentVersionExpiration"] = {"NoncurrentDays": noncurrent}
    if abort := rule.get("AbortIncompleteMultipartUpload"):
        api["AbortIncompleteMultipartUpload"] = abort
    return api


def _key(stack: Stack, name: str, properties: Properties) -> Resource:
    metadata = stack.client("kms").create_key(
        Description=properties.get("Description", stack.physical_name(name)),
        KeySpec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
        KeyUsage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
    )["KeyMetadata"]
    return Resource(metadata["KeyId"], {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})


def _key_alias(stack: Stack, name: str, properties: Properties) -> Resource:
    alias = properties["AliasName"]
    stack.client("kms").create_alias(AliasName=alias, TargetKeyId=properties["TargetKeyId"])
    return Resource(alias)


def _email_identity(stack: Stack, name: str, properties: Properties) -> Resource:
    stack.client("sesv2").create_email_identity(EmailIdentity=properties["EmailIdentity"])
    return Resource(properties["EmailIdentity"])


def _function(name: str) -> Resource:
    return Resource(name, {"Arn": _arn("lambda", f"function:{name}")})


def _http_api(stack: Stack, name: str, properties: Properties) -> Resource:
    return Resource(stack.physical_name(name).lower())


CREATORS: dict[str, Creator] = {
    "AWS::Cognito::UserPool": _user_pool,
    "AWS::Cognito::UserPoolClient": _user_pool_client,
    "AWS::Cognito::UserPoolGroup": _user_pool_group,
    "AWS::DynamoDB::Table": _table,
    "AWS::KMS::Alias": _key_alias,
    "AWS::KMS::Key": _key,
    "AWS::S3::Bucket": _bucket,
    "AWS::SES::EmailIdentity": _email_identity,
    "AWS::SQS::Queue": _queue,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::Serverless::HttpApi": _http_api,
}

_WITHOUT_LOCAL_MEANING = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::GuardDuty::MalwareProtectionPlan",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SES::ConfigurationSet",
        "AWS::SES::ConfigurationSetEventDestination",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    }
)
