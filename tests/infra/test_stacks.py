"""The stacks as they are written: alarms that can ring, grants that are close, nothing unused, nothing local."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from functions.shared import outbox
from functions.shared.metrics import DAILY_RUNS, NAMESPACE, OLDEST_UNDONE, OLDEST_WEBHOOK, WEBHOOKS_GIVEN_UP
from functions.workers import owed
from infra.local.template import load

ROOT = Path(__file__).parents[2]
FILES = ("template.yaml", "infra/edge.yaml", "infra/site.yaml", "infra/alarms.yaml", "infra/delivery.yaml")
STACKS = {name: load(ROOT / name) for name in FILES}
DESK = STACKS["template.yaml"]
ALARMS = STACKS["infra/alarms.yaml"]["Resources"]


def resources(kind: str, stack: Mapping[str, Any] = DESK) -> dict[str, Any]:
    """The properties of a stack's resources of one type."""
    return {name: one["Properties"] for name, one in stack["Resources"].items() if one["Type"] == kind}


FUNCTIONS = resources("AWS::Serverless::Function")


def statements(function: str) -> Iterator[Mapping[str, Any]]:
    for policy in FUNCTIONS[function]["Policies"]:
        yield from policy["Statement"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def grants(function: str, action: str) -> list[Any]:
    """What a function may do this to."""
    return [
        resource
        for statement in statements(function)
        if any(fnmatchcase(action, allowed) for allowed in listed(statement["Action"]))
        for resource in listed(statement["Resource"])
    ]


def text(value: Any) -> str:
    return str(value)


def references(node: Any) -> Iterator[str]:
    """The names that a part of a template refers to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("Ref", "Condition") and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value[0]
            elif key == "Fn::If":
                yield value[0]
                yield from references(value[1:])
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{([A-Za-z0-9]+)", value if isinstance(value, str) else value[0])
                yield from references(value)
            else:
                yield from references(value)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_the_templates_are_what_cloudformation_and_sam_take() -> None:
    linter = [str(Path(sys.executable).with_name("cfn-lint")), *FILES]
    found = subprocess.run(linter, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("name", FILES)
def test_every_parameter_and_condition_is_used(name: str) -> None:
    stack = STACKS[name]
    used = set(references({key: value for key, value in stack.items() if key != "Parameters"}))
    assert stack.get("Parameters", {}).keys() | stack.get("Conditions", {}).keys() <= used


def test_every_variable_is_read_by_the_code_of_its_function_and_every_one_that_it_reads_is_there() -> None:
    common = DESK["Globals"]["Function"]["Environment"]["Variables"].keys()
    own = {key for function in FUNCTIONS.values() for key in function.get("Environment", {}).get("Variables", {})}
    code = ast.parse((ROOT / "functions/shared/settings.py").read_text())
    read = {node.value for node in ast.walk(code) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    asked = {name for name in read if re.fullmatch(r"[A-Z][A-Z0-9_]+", name)}

    # These belong to the local run, which has a store of its own and receivers on the same machine.
    assert asked - common - own == {"S3_PUBLIC_ENDPOINT", "WEBHOOKS_ANYWHERE"}
    # Read by botocore, by Python and by pydantic.
    assert (common | own) - asked <= {"AWS_ENDPOINT_URL", "TZ", "PYDANTIC_DISABLE_PLUGINS"}


def test_every_resource_is_used_by_another_or_does_something_by_itself() -> None:
    by_themselves = re.compile(
        "AWS::(Serverless::Function|Lambda::EventSourceMapping|S3::BucketPolicy|GuardDuty::MalwareProtectionPlan"
        "|SES::ConfigurationSetEventDestination|CloudWatch::(Alarm|Dashboard)|SNS::TopicPolicy|Budgets::Budget"
        "|Route53::RecordSetGroup|IAM::OIDCProvider|IAM::Role)"
    )
    for stack in STACKS.values():
        used = set(references({part: stack.get(part, {}) for part in ("Globals", "Resources", "Outputs")}))
        used |= {dependency for one in stack["Resources"].values() for dependency in listed(one.get("DependsOn", []))}
        unused = stack["Resources"].keys() - used
        assert [name for name in unused if not by_themselves.match(stack["Resources"][name]["Type"])] == []


def test_every_function_has_a_handler_and_a_group_of_packages() -> None:
    groups = (ROOT / "pyproject.toml").read_text()
    for name, function in FUNCTIONS.items():
        module = function["Handler"].rpartition(".")[0].replace(".", "/")
        assert (ROOT / f"{module}.py").exists()
        assert f"\n{name.removesuffix('Function').lower()} = [" in groups


def test_no_template_knows_of_anything_local() -> None:
    for name in FILES:
        assert not re.search(
            r"localhost|127\.0\.0\.1|moto|infra\.local|_local", (ROOT / name).read_text(), re.IGNORECASE
        )


# ---- grants ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["NotificationsFunction", "UploadsFunction"])
def test_whoever_destroys_papers_may_do_so_in_every_version(function: str) -> None:
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"):
        assert grants(function, action), action


def test_a_paper_that_is_gone_does_not_look_forbidden() -> None:
    assert grants("UploadsFunction", "s3:ListBucket")


def test_a_stream_is_read_by_its_workers_alone_and_no_other_stream_by_them() -> None:
    readers = {mapping["FunctionName"]["Ref"] for mapping in resources("AWS::Lambda::EventSourceMapping").values()}
    assert readers == {"SealingFunction", "NotificationsFunction", "WebhooksFunction"}
    for function in FUNCTIONS:
        allowed = grants(function, "dynamodb:GetRecords")
        assert allowed == ([{"Fn::GetAtt": ["Table", "StreamArn"]}] if function in readers else [])
        # SAM would add AWSLambdaDynamoDBExecutionRole, whose resource is *.
        assert not [event for event in FUNCTIONS[function].get("Events", {}).values() if event["Type"] == "DynamoDB"]


def test_no_grant_of_a_function_is_for_everything() -> None:
    for function in FUNCTIONS:
        for statement in statements(function):
            # Every bucket, table or stream is no better than everything.
            assert not [one for one in listed(statement["Resource"]) if re.search(r"(^|:)\*", text(one))], function
            assert not [action for action in listed(statement["Action"]) if action.endswith("*")], function


# ---- what is kept, and what is protected --------------------------------------------------------------------------


def test_what_holds_data_outlives_its_stack_but_not_a_failed_first_deployment() -> None:
    kinds = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::KMS::Key")
    holding = [
        (name, one)
        for stack in (DESK, STACKS["infra/site.yaml"])
        for name, one in stack["Resources"].items()
        if one["Type"] in kinds
    ]
    assert len(holding) == 7
    for name, one in holding:
        assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain"), name


def test_production_alone_protects_its_data_and_locks_contracts_for_ten_years() -> None:
    assert DESK["Conditions"]["IsProduction"] == {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
    table = DESK["Resources"]["Table"]["Properties"]["DeletionProtectionEnabled"]
    pool = DESK["Resources"]["UserPool"]["Properties"]["DeletionProtection"]
    lock = FUNCTIONS["SealingFunction"]["Environment"]["Variables"]["CONTRACT_LOCK_DAYS"]
    assert [one["Fn::If"] for one in (table, pool, lock)] == [
        ["IsProduction", True, False],
        ["IsProduction", "ACTIVE", "INACTIVE"],
        ["IsProduction", 3653, 1],
    ]


def test_two_stages_fit_into_one_account() -> None:
    named = re.compile(r"^(Name|BucketName|TableName|FunctionName|QueueName|TopicName|DashboardName|AlarmName)$")
    for file in ("template.yaml", "infra/site.yaml", "infra/alarms.yaml"):
        for resource, one in STACKS[file]["Resources"].items():
            for key, value in one["Properties"].items():
                if named.match(key) and one["Type"] != "AWS::Lambda::EventSourceMapping":
                    assert "AWS::StackName" in text(value), (resource, key)
    for function in FUNCTIONS.values():
        for event in function.get("Events", {}).values():
            assert event["Type"] != "ScheduleV2" or "AWS::StackName" in text(event["Properties"]["Name"])


def test_every_function_logs_where_logs_are_not_kept_for_good() -> None:
    assert DESK["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": "Logs"}
    assert not [name for name, function in FUNCTIONS.items() if "LoggingConfig" in function]
    groups = resources("AWS::Logs::LogGroup")
    assert {group["RetentionInDays"]["Ref"] for group in groups.values()} == {"LogDays"}


def test_access_logs_hold_no_path_and_no_address() -> None:
    written = resources("AWS::Serverless::HttpApi")["Api"]["AccessLogSettings"]["Format"]
    assert not re.search(r"path|sourceIp|userAgent|authorizer", written)


def test_a_path_leaves_its_methods_to_the_function() -> None:
    methods = {
        event["Properties"]["Method"]
        for function in FUNCTIONS.values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }
    assert methods == {"ANY"}


# ---- the way through CloudFront -----------------------------------------------------------------------------------


def test_the_api_can_tell_who_came_through_cloudfront() -> None:
    for name, function in FUNCTIONS.items():
        if any(event["Type"] == "HttpApi" for event in function.get("Events", {}).values()):
            assert function["Environment"]["Variables"]["ORIGIN_SECRET"] == {"Ref": "OriginSecret"}
            assert {"Ref": "OriginSecret"} in grants(name, "secretsmanager:GetSecretValue")
    origins = resources("AWS::CloudFront::Distribution", STACKS["infra/site.yaml"])["Distribution"]
    [api] = [origin for origin in origins["DistributionConfig"]["Origins"] if origin["Id"] == "api"]
    [header] = api["OriginCustomHeaders"]
    assert header["HeaderName"] == "X-Origin-Secret"
    assert "resolve:secretsmanager" in text(header["HeaderValue"])


def test_secrets_have_room_for_the_value_before() -> None:
    secrets = resources("AWS::SecretsManager::Secret")
    # Each receiver of webhooks has a secret of its own in this one, and there is none to begin with.
    assert json.loads(secrets.pop("WebhooksSecret")["SecretString"]) == {"receivers": {}}
    assert secrets.keys() == {"DeskSecret", "OriginSecret"}
    for secret in secrets.values():
        made = secret["GenerateSecretString"]
        assert (made["SecretStringTemplate"], made["GenerateStringKey"]) == ('{"previous": ""}', "current")


def test_every_header_that_the_api_reads_comes_through() -> None:
    policy = resources("AWS::CloudFront::OriginRequestPolicy", STACKS["infra/site.yaml"])["ToApi"]
    passed = {name.lower() for name in policy["OriginRequestPolicyConfig"]["HeadersConfig"]["Headers"]}
    code = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    read = set(re.findall(r"""headers\.get\(\s*["']([a-z-]+)["']""", code))
    assert len(passed) <= 10
    # The API's own host and scheme, which its gateway sets; the secret, which the distribution sets.
    assert read - passed == {"host", "x-forwarded-proto", "x-origin-secret"}
    assert {"accept-language", "cloudfront-viewer-address", "idempotency-key", "sec-fetch-site"} <= read


def test_pages_lie_in_a_private_bucket() -> None:
    site = STACKS["infra/site.yaml"]
    pages = resources("AWS::S3::Bucket", site)["Pages"]
    blocked = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    assert pages["PublicAccessBlockConfiguration"] == dict.fromkeys(blocked, True)
    assert "WebsiteConfiguration" not in pages
    [policy] = resources("AWS::S3::BucketPolicy", site).values()
    for statement in policy["PolicyDocument"]["Statement"]:
        if statement["Effect"] == "Allow":
            assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
            assert "Distribution" in text(statement["Condition"]["StringEquals"]["aws:SourceArn"])


def test_one_address_cannot_call_without_end() -> None:
    acl = resources("AWS::WAFv2::WebACL", STACKS["infra/edge.yaml"])["Limits"]
    rules = {rule["Name"]: rule for rule in acl["Rules"]}
    for name in ("tries", "calls"):
        assert rules[name]["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
        answer = rules[name]["Action"]["Block"]["CustomResponse"]
        assert answer["ResponseCode"] == 429
        assert answer["ResponseHeaders"][0]["Name"] == "Retry-After"
    limits = resources("AWS::Serverless::HttpApi")["Api"]["DefaultRouteSettings"]
    assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= limits.keys()


# ---- alarms -------------------------------------------------------------------------------------------------------

# The dimensions that AWS publishes each metric under; with others, or fewer, an alarm waits for data that never comes.
DIMENSIONS = {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/ApiGateway", "5xx"): {"ApiId"},
    ("AWS/ApiGateway", "Latency"): {"ApiId"},
    ("AWS/DynamoDB", "ReadThrottleEvents"): {"TableName"},
    ("AWS/DynamoDB", "WriteThrottleEvents"): {"TableName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
    ("Guichet", "DailyRuns"): {"service"},
    ("Guichet", "OldestUndone"): {"service"},
    ("Guichet", "OldestWebhook"): {"service"},
    ("Guichet", "WebhooksGivenUp"): {"service"},
    ("Guichet", "SupportLooks"): {"service"},
    ("AWS/SES", "Reputation.BounceRate"): {"ses:configuration-set"},
    ("AWS/SES", "Reputation.ComplaintRate"): {"ses:configuration-set"},
}


def metrics() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The metrics of every alarm."""
    for stack in STACKS.values():
        for name, alarm in resources("AWS::CloudWatch::Alarm", stack).items():
            if "MetricName" in alarm:
                yield name, alarm
            for metric in alarm.get("Metrics", []):
                if "MetricStat" in metric:
                    yield name, metric["MetricStat"]["Metric"]


def test_every_alarm_waits_for_a_metric_that_there_is() -> None:
    seen = set()
    for name, metric in metrics():
        key = metric["Namespace"], metric["MetricName"]
        assert {dimension["Name"] for dimension in metric["Dimensions"]} == DIMENSIONS[key], name
        seen.add(key)
    assert seen == DIMENSIONS.keys()


def test_alarms_may_be_published_under_their_topics_key() -> None:
    topic = ALARMS["Topic"]["Properties"]
    assert topic["KmsMasterKeyId"] == {"Ref": "TopicKey"}
    assert ALARMS["TopicPolicy"]["Properties"]["Topics"] == [{"Ref": "Topic"}]
    policies = [ALARMS["TopicKey"]["Properties"]["KeyPolicy"], ALARMS["TopicPolicy"]["Properties"]["PolicyDocument"]]
    for policy, needed in zip(policies, ({"kms:Decrypt", "kms:GenerateDataKey*"}, {"sns:Publish"}), strict=True):
        allowed = {
            action
            for statement in policy["Statement"]
            if statement["Effect"] == "Allow" and "cloudwatch.amazonaws.com" in text(statement["Principal"])
            for action in listed(statement["Action"])
        }
        assert allowed == needed


def test_every_function_is_watched_for_errors_and_throttles() -> None:
    for metric in ("Errors", "Throttles"):
        watched = {text(each["Dimensions"][0]["Value"]["Ref"]) for _, each in metrics() if each["MetricName"] == metric}
        assert watched == {f"{name}Name" for name in FUNCTIONS}


def test_every_alarm_tells_somebody_and_the_runbook_tells_them_what_to_do() -> None:
    runbook = (ROOT / "infra/README.md").read_text()
    for name, one in ALARMS.items():
        if one["Type"] == "AWS::CloudWatch::Alarm":
            assert one["Properties"]["AlarmActions"] == [{"Ref": "Topic"}], name
            assert one["Properties"].get("ActionsEnabled", True), name
            assert f"`{name}`" in runbook


def test_a_day_without_its_run_is_noticed() -> None:
    alarm = ALARMS["MissedDailyRun"]["Properties"]
    # Not by the function's calls, which other schedules make too.
    assert (alarm["Namespace"], alarm["MetricName"]) == (NAMESPACE, DAILY_RUNS.name)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"
    hours = alarm["Period"] * alarm["EvaluationPeriods"] / 3600
    assert 25 < hours < 30


def test_what_is_left_undone_for_less_than_an_hour_is_noticed_and_so_is_that_nobody_looks() -> None:
    alarm = ALARMS["LeftUndone"]["Properties"]
    assert alarm["MetricName"] == OLDEST_UNDONE.name
    assert alarm["Threshold"] + alarm["Period"] * alarm["EvaluationPeriods"] < 3600
    assert alarm["TreatMissingData"] == "breaching"
    sweeps = [
        event["Properties"]["ScheduleExpression"]
        for function in FUNCTIONS.values()
        for name, event in function.get("Events", {}).items()
        if name == "Sweep"
    ]
    # One for each of those that owe something, and more often than the alarm asks.
    assert sweeps == ["rate(5 minutes)"] * len(outbox.WORKERS)


def test_a_receiver_that_takes_nothing_is_noticed_and_so_is_that_nobody_looks() -> None:
    late, given_up = (ALARMS[name]["Properties"] for name in ("LateWebhooks", "WebhooksGivenUp"))
    assert (late["MetricName"], late["TreatMissingData"]) == (OLDEST_WEBHOOK.name, "breaching")
    assert (given_up["MetricName"], given_up["Statistic"], given_up["Threshold"]) == (WEBHOOKS_GIVEN_UP.name, "Sum", 0)
    assert late["Threshold"] + late["Period"] * late["EvaluationPeriods"] < owed.GIVEN_UP_AFTER.total_seconds() / 10
    look = FUNCTIONS["WebhooksFunction"]["Events"]["Look"]["Properties"]
    assert look["ScheduleExpression"] == "rate(1 minute)"


def test_what_happened_to_one_subscription_is_noted_for_receivers_in_its_order() -> None:
    mapping = resources("AWS::Lambda::EventSourceMapping")["WebhooksEvents"]
    assert mapping.get("ParallelizationFactor", 1) == 1


def test_a_stream_hands_over_until_it_forgets_and_leaves_each_failure_to_the_function() -> None:
    for mapping in resources("AWS::Lambda::EventSourceMapping").values():
        assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (-1, 24 * 60 * 60)
        assert mapping["BisectBatchOnFunctionError"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_the_other_stacks_take_is_what_the_stacks_before_them_give() -> None:
    given = set(DESK["Outputs"]) | set(STACKS["infra/edge.yaml"]["Outputs"])
    for file in ("infra/site.yaml", "infra/alarms.yaml"):
        declared = STACKS[file]["Parameters"].keys()
        assert {name for name in declared if name.endswith(("Name", "Arn", "Id", "Host"))} - given <= {
            "DomainName",
            "HostedZoneId",
        }
