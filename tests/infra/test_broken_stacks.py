"""Each static test of the stacks goes red once what it is for is broken; one that nothing breaks is found too."""

import copy
import importlib.util
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from infra.local import template

ROOT = Path(__file__).parents[2]
DESK, SITE, EDGE, ALARMS, DELIVERY = (
    "template.yaml",
    "infra/site.yaml",
    "infra/edge.yaml",
    "infra/alarms.yaml",
    "infra/delivery.yaml",
)
FUNCTIONS = (
    "SubscriptionsFunction", "ContractFunction", "SealingFunction", "VerificationFunction", "OnboardingFunction",
    "NotificationsFunction", "MailEventsFunction", "WebhooksFunction", "UploadsFunction", "DueFunction",
)  # fmt: skip

type Stack = dict[str, Any]


@dataclass(frozen=True)
class Break:
    """What is done to a stack, and the test that is to see it, with the arguments that it is called with."""

    test: str
    says: str
    file: str
    do: Callable[[Stack], object]
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.test.removeprefix('test_')}: {self.says}"


def put(path: str, value: Any) -> Callable[[Stack], None]:
    """Something else at a place, whose path is written with slashes."""

    def do(stack: Stack) -> None:
        *way, last = (int(part) if part.isdigit() else part for part in path.split("/"))
        place: Any = stack
        for part in way:
            place = place[part]
        place[last] = copy.deepcopy(value)

    return do


def gone(path: str) -> Callable[[Stack], None]:
    """Nothing at a place."""

    def do(stack: Stack) -> None:
        *way, last = path.split("/")
        place: Any = stack
        for part in way:
            place = place[int(part) if part.isdigit() else part]
        del place[last]

    return do


def without(function: str, action: str) -> Callable[[Stack], None]:
    """A function that may not do that."""

    def do(stack: Stack) -> None:
        for policy in stack["Resources"][function]["Properties"]["Policies"]:
            for statement in policy["Statement"]:
                actions = statement["Action"]
                listed = actions if isinstance(actions, list) else [actions]
                statement["Action"] = [one for one in listed if one != action]

    return do


def granted(function: str, action: str, resource: Any) -> Callable[[Stack], None]:
    """A function that may do that too."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return lambda stack: stack["Resources"][function]["Properties"]["Policies"].append({"Statement": [statement]})


def of(function: str, path: str) -> str:
    return f"Resources/{function}/Properties/{path}"


def dimension(alarm: str, value: Any) -> Callable[[Stack], None]:
    return put(of(alarm, "Dimensions"), value)


def unwatched(alarm: str, function: str) -> Callable[[Stack], None]:
    """An alarm that does not look at a function."""

    def do(stack: Stack) -> None:
        properties = stack["Resources"][alarm]["Properties"]
        name = {"Ref": f"{function}Name"}
        properties["Metrics"] = [
            one
            for one in properties["Metrics"]
            if "MetricStat" not in one or one["MetricStat"]["Metric"]["Dimensions"][0]["Value"] != name
        ]

    return do


_HOLDING = {DESK: ("Table", "Contracts", "Papers", "UserPool", "SealingKey", "FactorKey"), SITE: ("Pages",)}
_QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}
_ALARM = {
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
    "Dimensions": [{"Name": "QueueName", "Value": "x"}],
    "AlarmActions": [{"Ref": "Topic"}],
}
_USED = "test_every_parameter_and_condition_is_used"
_VARIABLES = "test_every_variable_is_read_by_the_code_of_its_function_and_every_one_that_it_reads_is_there"
_HANDLERS = "test_every_function_has_a_handler_and_a_group_of_packages"
_LOCAL = "test_no_template_knows_of_anything_local"
_DESTROYS = "test_whoever_destroys_papers_may_do_so_in_every_version"
_STREAM = "test_a_stream_is_read_by_its_workers_alone_and_no_other_stream_by_them"
_EVERYTHING = "test_no_grant_of_a_function_is_for_everything"
_OUTLIVES = "test_what_holds_data_outlives_its_stack_but_not_a_failed_first_deployment"
_PRODUCTION = "test_production_alone_protects_its_data_and_locks_contracts_for_ten_years"
_STAGES = "test_two_stages_fit_into_one_account"
_LOGS = "test_every_function_logs_where_logs_are_not_kept_for_good"
_ACCESS = "test_access_logs_hold_no_path_and_no_address"
_CLOUDFRONT = "test_the_api_can_tell_who_came_through_cloudfront"
_SECRETS = "test_secrets_have_room_for_the_value_before"
_PRIVATE = "test_pages_lie_in_a_private_bucket"
_ADDRESS = "test_one_address_cannot_call_without_end"
_METRICS = "test_every_alarm_waits_for_a_metric_that_there_is"
_PUBLISHED = "test_alarms_may_be_published_under_their_topics_key"
_TOLD = "test_every_alarm_tells_somebody_and_the_runbook_tells_them_what_to_do"
_UNDONE = "test_what_is_left_undone_for_less_than_an_hour_is_noticed_and_so_is_that_nobody_looks"
_LATE = "test_a_receiver_that_takes_nothing_is_noticed_and_so_is_that_nobody_looks"
_IN_ORDER = "test_what_happened_to_one_subscription_is_noted_for_receivers_in_its_order"
_HANDED = "test_a_stream_hands_over_until_it_forgets_and_leaves_each_failure_to_the_function"
_DAILY = "test_a_day_without_its_run_is_noticed"
_GIVEN = "test_what_the_other_stacks_take_is_what_the_stacks_before_them_give"
_STATEMENT = "Resources/PagesPolicy/Properties/PolicyDocument/Statement/0"


def _api_origin(change: Callable[[Any], object]) -> Callable[[Stack], None]:
    def do(stack: Stack) -> None:
        origins = stack["Resources"]["Distribution"]["Properties"]["DistributionConfig"]["Origins"]
        [origin] = [one for one in origins if one["Id"] == "api"]
        change(origin)

    return do


def _without_header(name: str) -> Callable[[Stack], None]:
    def do(stack: Stack) -> None:
        config = stack["Resources"]["ToApi"]["Properties"]["OriginRequestPolicyConfig"]["HeadersConfig"]
        config["Headers"] = [one for one in config["Headers"] if one.lower() != name]

    return do


BREAKS = [
    *(
        Break(_USED, f"a parameter of {file}", file, put("Parameters/Spare", {"Type": "String"}), (file,))
        for file in (DESK, SITE, EDGE, ALARMS, DELIVERY)
    ),
    Break(_USED, "a condition", DESK, put("Conditions/Spare", {"Fn::Equals": ["a", "b"]}), (DESK,)),
    Break(_VARIABLES, "one that nothing reads", DESK, put("Globals/Function/Environment/Variables/SPARE", "x")),
    Break(_VARIABLES, "one that is read and not there", DESK, gone("Globals/Function/Environment/Variables/SUPPLIER")),
    Break(
        _VARIABLES, "one of a single function", DESK, gone(of("SealingFunction", "Environment/Variables/SEALING_KEY"))
    ),
    Break(
        "test_every_resource_is_used_by_another_or_does_something_by_itself",
        "a queue",
        DESK,
        put("Resources/Spare", _QUEUE),
    ),
    Break(_HANDLERS, "no such module", DESK, put(of("DueFunction", "Handler"), "functions.workers.nowhere.handler")),
    Break(
        _HANDLERS,
        "no such group",
        DESK,
        put(
            "Resources/SpareFunction",
            {
                "Type": "AWS::Serverless::Function",
                "Properties": {"Handler": "functions.workers.daily.handler", "Policies": []},
            },
        ),
    ),
    *(
        Break(_DESTROYS, f"{function} without {action}", DESK, without(function, action), (function,))
        for function in ("NotificationsFunction", "UploadsFunction")
        for action in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions")
    ),
    Break(
        "test_a_paper_that_is_gone_does_not_look_forbidden",
        "s3:ListBucket",
        DESK,
        without("UploadsFunction", "s3:ListBucket"),
    ),
    Break(_STREAM, "another reader", DESK, put(of("SealingEvents", "FunctionName"), {"Ref": "DueFunction"})),
    Break(
        _STREAM, "every stream", DESK, granted("SealingFunction", "dynamodb:GetRecords", "arn:aws:dynamodb:::table/*")
    ),
    Break(_STREAM, "no stream", DESK, without("NotificationsFunction", "dynamodb:GetRecords")),
    Break(
        _STREAM,
        "a bystander",
        DESK,
        granted("DueFunction", "dynamodb:GetRecords", {"Fn::GetAtt": ["Table", "StreamArn"]}),
    ),
    Break(_STREAM, "an event of SAM's", DESK, put(of("DueFunction", "Events/Stream"), {"Type": "DynamoDB"})),
    Break(_EVERYTHING, "all resources", DESK, granted("DueFunction", "s3:GetObject", "*")),
    Break(
        _EVERYTHING, "all resources in a list", DESK, granted("DueFunction", "s3:GetObject", ["arn:aws:s3:::a", "*"])
    ),
    Break(_EVERYTHING, "all buckets", DESK, granted("DueFunction", "s3:GetObject", "arn:aws:s3:::*")),
    Break(
        _EVERYTHING,
        "all tables",
        DESK,
        granted(
            "DueFunction",
            "dynamodb:GetItem",
            {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:*"},
        ),
    ),
    Break(_EVERYTHING, "all actions", DESK, granted("DueFunction", "s3:*", "arn:aws:s3:::a")),
    Break(_EVERYTHING, "all actions that read", DESK, granted("DueFunction", "s3:Get*", "arn:aws:s3:::a")),
    *(
        Break(_OUTLIVES, f"{name} is deleted", file, put(f"Resources/{name}/DeletionPolicy", "Delete"))
        for file, names in _HOLDING.items()
        for name in names
    ),
    Break(_OUTLIVES, "a replaced table", DESK, gone("Resources/Table/UpdateReplacePolicy")),
    Break(_OUTLIVES, "Retain", DESK, put("Resources/Papers/DeletionPolicy", "Retain")),
    Break(
        _PRODUCTION,
        "the table",
        DESK,
        put(of("Table", "DeletionProtectionEnabled"), {"Fn::If": ["IsProduction", False, True]}),
    ),
    Break(_PRODUCTION, "the table, always", DESK, put(of("Table", "DeletionProtectionEnabled"), True)),
    Break(_PRODUCTION, "the pool", DESK, gone(of("UserPool", "DeletionProtection"))),
    Break(
        _PRODUCTION,
        "the lock",
        DESK,
        put(of("SealingFunction", "Environment/Variables/CONTRACT_LOCK_DAYS"), {"Fn::If": ["IsProduction", 1, 3653]}),
    ),
    Break(
        _PRODUCTION,
        "what production is",
        DESK,
        put("Conditions/IsProduction", {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}),
    ),
    Break(_STAGES, "a bucket", DESK, put(of("Papers", "BucketName"), "papers")),
    Break(_STAGES, "a table", DESK, put(of("Table", "TableName"), "guichet")),
    Break(_STAGES, "the schedule", DESK, put(of("DueFunction", "Events/Daily/Properties/Name"), "daily")),
    Break(_STAGES, "a function of CloudFront", SITE, put(of("Finder", "Name"), "finder")),
    Break(_STAGES, "the dashboard", ALARMS, put(of("Dashboard", "DashboardName"), "guichet")),
    Break(_LOGS, "for good", DESK, gone(of("Logs", "RetentionInDays"))),
    Break(_LOGS, "a function of its own way", DESK, put(of("DueFunction", "LoggingConfig"), {"LogFormat": "Text"})),
    Break(_LOGS, "no group", DESK, gone("Globals/Function/LoggingConfig/LogGroup")),
    *(
        Break(_ACCESS, variable, DESK, put(of("Api", "AccessLogSettings/Format"), f'{{"x": "$context.{variable}"}}'))
        for variable in ("path", "identity.sourceIp", "identity.userAgent", "authorizer.principalId")
    ),
    Break(
        "test_a_path_leaves_its_methods_to_the_function",
        "GET",
        DESK,
        put(of("SubscriptionsFunction", "Events/Catalogue/Properties/Method"), "GET"),
    ),
    *(
        Break(
            _CLOUDFRONT, f"{function} knows no secret", DESK, gone(of(function, "Environment/Variables/ORIGIN_SECRET"))
        )
        for function in ("SubscriptionsFunction", "VerificationFunction", "OnboardingFunction")
    ),
    Break(_CLOUDFRONT, "may not read it", DESK, without("VerificationFunction", "secretsmanager:GetSecretValue")),
    Break(
        _CLOUDFRONT,
        "another header",
        SITE,
        _api_origin(lambda one: one["OriginCustomHeaders"][0].update(HeaderName="X-Secret")),
    ),
    Break(_CLOUDFRONT, "no header", SITE, _api_origin(lambda one: one.pop("OriginCustomHeaders"))),
    Break(
        _CLOUDFRONT,
        "a secret in the template",
        SITE,
        _api_origin(lambda one: one["OriginCustomHeaders"][0].update(HeaderValue="s3cret")),
    ),
    Break(_SECRETS, "another form", DESK, put(of("OriginSecret", "GenerateSecretString/SecretStringTemplate"), "{}")),
    Break(_SECRETS, "another name", DESK, put(of("DeskSecret", "GenerateSecretString/GenerateStringKey"), "secret")),
    Break(
        _SECRETS,
        "one that is not rotated",
        DESK,
        put("Resources/Spare", {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}}),
    ),
    *(
        Break("test_every_header_that_the_api_reads_comes_through", name, SITE, _without_header(name))
        for name in ("accept-language", "idempotency-key", "sec-fetch-site", "origin")
    ),
    *(
        Break(_PRIVATE, name, SITE, put(of("Pages", f"PublicAccessBlockConfiguration/{name}"), False))
        for name in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    ),
    Break(
        _PRIVATE, "three blocks of four", SITE, gone(of("Pages", "PublicAccessBlockConfiguration/BlockPublicPolicy"))
    ),
    Break(_PRIVATE, "a website", SITE, put(of("Pages", "WebsiteConfiguration"), {"IndexDocument": "index.html"})),
    Break(_PRIVATE, "anybody", SITE, put(f"{_STATEMENT}/Principal", "*")),
    Break(_PRIVATE, "any distribution", SITE, gone(f"{_STATEMENT}/Condition")),
    Break(
        _PRIVATE,
        "of anybody",
        SITE,
        put(f"{_STATEMENT}/Condition/StringEquals/aws:SourceArn", "arn:aws:cloudfront::1:*"),
    ),
    Break(
        _ADDRESS,
        "all together",
        EDGE,
        put(of("Limits", "Rules/2/Statement/RateBasedStatement/AggregateKeyType"), "CONSTANT"),
    ),
    Break(_ADDRESS, "one rule", EDGE, lambda stack: stack["Resources"]["Limits"]["Properties"]["Rules"].pop(3)),
    Break(_ADDRESS, "another answer", EDGE, put(of("Limits", "Rules/3/Action/Block/CustomResponse/ResponseCode"), 403)),
    Break(
        _ADDRESS,
        "no time",
        EDGE,
        put(of("Limits", "Rules/2/Action/Block/CustomResponse/ResponseHeaders"), [{"Name": "X", "Value": "1"}]),
    ),
    Break(_ADDRESS, "only counted", EDGE, put(of("Limits", "Rules/2/Action"), {"Count": {}})),
    Break(_ADDRESS, "the API itself", DESK, gone(of("Api", "DefaultRouteSettings/ThrottlingRateLimit"))),
    Break(_METRICS, "no dimension", ALARMS, dimension("ThrottledReads", [])),
    Break(_METRICS, "another dimension", ALARMS, dimension("LostEvent", [{"Name": "Queue", "Value": "x"}])),
    Break(_METRICS, "no such metric", ALARMS, put(of("ThrottledReads", "MetricName"), "ThrottledRequests")),
    Break(_METRICS, "another space", ALARMS, put(of("Bounces", "Namespace"), "AWS/Mail")),
    Break(_METRICS, "an alarm less", ALARMS, gone("Resources/Complaints")),
    Break(
        _METRICS, "in an expression", ALARMS, put(of("FailingFunctions", "Metrics/1/MetricStat/Metric/Dimensions"), [])
    ),
    Break(_PUBLISHED, "the key of SNS", ALARMS, put(of("Topic", "KmsMasterKeyId"), "alias/aws/sns")),
    Break(_PUBLISHED, "no key", ALARMS, put(of("TopicKey", "KeyPolicy/Statement/1/Action"), ["kms:Decrypt"])),
    Break(
        _PUBLISHED,
        "others",
        ALARMS,
        put(of("TopicPolicy", "PolicyDocument/Statement/0/Principal/Service"), ["budgets.amazonaws.com"]),
    ),
    Break(_PUBLISHED, "denied", ALARMS, put(of("TopicPolicy", "PolicyDocument/Statement/0/Effect"), "Deny")),
    Break(_PUBLISHED, "another topic", ALARMS, put(of("TopicPolicy", "Topics"), [])),
    *(
        Break(
            "test_every_function_is_watched_for_errors_and_throttles",
            f"{alarm} of {function}",
            ALARMS,
            unwatched(alarm, function),
        )
        for alarm in ("FailingFunctions", "ThrottledFunctions")
        for function in FUNCTIONS
    ),
    Break(_TOLD, "nobody", ALARMS, put(of("LostEvent", "AlarmActions"), [])),
    Break(_TOLD, "by no action", ALARMS, gone(of("SlowRequests", "AlarmActions"))),
    Break(_TOLD, "no page", ALARMS, put("Resources/Spare", {"Type": "AWS::CloudWatch::Alarm", "Properties": _ALARM})),
    Break(_TOLD, "switched off", ALARMS, put(of("LostEvent", "ActionsEnabled"), False)),
    Break(_DAILY, "silence is well", ALARMS, put(of("MissedDailyRun", "TreatMissingData"), "notBreaching")),
    Break(_DAILY, "a week", ALARMS, put(of("MissedDailyRun", "EvaluationPeriods"), 168)),
    Break(
        _DAILY,
        "another metric",
        ALARMS,
        put(of("MissedDailyRun", "MetricName"), "Invocations"),
    ),
    Break(_DAILY, "many runs", ALARMS, put(of("MissedDailyRun", "ComparisonOperator"), "GreaterThanThreshold")),
    Break(_UNDONE, "silence is well", ALARMS, put(of("LeftUndone", "TreatMissingData"), "notBreaching")),
    Break(_UNDONE, "one sweep less", DESK, gone("Resources/SealingFunction/Properties/Events/Sweep")),
    Break(_LATE, "silence is well", ALARMS, put(of("LateWebhooks", "TreatMissingData"), "notBreaching")),
    Break(_LATE, "after two days", ALARMS, put(of("LateWebhooks", "Threshold"), 172800)),
    Break(_LATE, "the second that is given up", ALARMS, put(of("WebhooksGivenUp", "Threshold"), 1)),
    Break(
        _LATE,
        "once an hour",
        DESK,
        put(of("WebhooksFunction", "Events/Look/Properties/ScheduleExpression"), "rate(1 hour)"),
    ),
    Break(_IN_ORDER, "two at a time", DESK, put(of("WebhooksEvents", "ParallelizationFactor"), 2)),
    Break(
        _SECRETS,
        "a receiver to begin with",
        DESK,
        put(of("WebhooksSecret", "SecretString"), '{"receivers": {"a": {}}}'),
    ),
    Break(_HANDED, "five tries", DESK, put("Resources/SealingEvents/Properties/MaximumRetryAttempts", 5)),
    Break(_GIVEN, "one less", DESK, gone("Outputs/DeadLettersName")),
    Break(_GIVEN, "one more", ALARMS, put("Parameters/SpareName", {"Type": "String"})),
    Break(_GIVEN, "the site's", EDGE, gone("Outputs/LimitsArn")),
]
# Breaking what cfn-lint sees would test cfn-lint.
OF_OTHERS = {"test_the_templates_are_what_cloudformation_and_sam_take"}


@cache
def loaded(path: Path) -> Mapping[str, Any]:
    return template.load(path)


def as_written(monkeypatch: pytest.MonkeyPatch, broken: Break | None = None) -> ModuleType:
    """The tests, written anew for stacks one of which is broken."""
    original = template.load
    files = {ROOT / name: copy.deepcopy(dict(loaded(ROOT / name))) for name in (DESK, SITE, EDGE, ALARMS, DELIVERY)}
    if broken:
        broken.do(files[ROOT / broken.file])
    monkeypatch.setattr(template, "load", lambda path: files[path] if path in files else original(path))
    found = importlib.util.spec_from_file_location("tests_of_broken_stacks", ROOT / "tests/infra/test_stacks.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("broken", BREAKS, ids=str)
def test_what_is_broken_goes_red(monkeypatch: pytest.MonkeyPatch, broken: Break) -> None:
    test = getattr(as_written(monkeypatch, broken), broken.test)
    with pytest.raises((AssertionError, KeyError, ValueError, TypeError)):
        test(*broken.arguments)


def test_something_local_goes_red(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = as_written(monkeypatch)
    for name in module.FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(module, "ROOT", tmp_path)
    test = getattr(module, _LOCAL)
    test()
    for name in module.FILES:
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8") + "# http://127.0.0.1:8000\n", "utf-8")
        with pytest.raises(AssertionError):
            test()
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())


def test_each_test_of_the_stacks_is_broken_by_something(monkeypatch: pytest.MonkeyPatch) -> None:
    module = as_written(monkeypatch)
    tests = {name for name, found in inspect.getmembers(module, inspect.isfunction) if name.startswith("test_")}
    assert tests == {one.test for one in BREAKS} | {_LOCAL} | OF_OTHERS
