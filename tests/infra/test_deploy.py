"""Deploying: each stack after those that it needs, fed by them; nothing changed by a look; back by one command."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra import archive, deploy, firm, publish, rollback
from infra.cloudformation import Aws, Missing, StackFile
from infra.deploy import NotHealthy
from infra.local import template
from infra.rollback import NoSuchRelease

ROOT = Path(__file__).parents[2]
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'sha256-x='",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
OUTPUTS = {
    "guichet-staging": {
        name: f"<{name}>" for name in template.load(ROOT / "template.yaml")["Outputs"] if name != "DkimRecords"
    },
    "guichet-staging-edge": {"SiteCertificateArn": "<certificate>", "LimitsArn": "<limits>"},
    "guichet-staging-site": {"PagesName": "<pages>", "PathsArn": "<paths>", "DistributionId": "<distribution>"},
    "guichet-staging-alarms": {},
}


class Terminal(Aws):
    """Keeps what is run, and answers for the account."""

    def __init__(self, outputs: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__()
        self.ran: list[tuple[str, ...]] = []
        self.environments: list[Mapping[str, str]] = []
        self._outputs = outputs

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> None:
        self.ran.append(command)
        self.environments.append(environment or {})

    def outputs(self, stack: str, region: str) -> dict[str, str]:
        return dict(self._outputs.get(stack, {}))

    def client(self, service: str, region: str) -> Any:
        return self

    def get_secret_value(self, SecretId: str) -> Any:  # noqa: N803
        assert SecretId == "<OriginSecretArn>"
        return {"VersionId": "v7"}

    def deployed(self) -> list[str]:
        """The stacks that were deployed, in order."""
        return [command[command.index("--stack-name") + 1] for command in self.ran if "--stack-name" in command]

    def given(self, stack: str) -> dict[str, str]:
        """The parameters that a stack was deployed with."""
        [command] = [each for each in self.ran if stack in each]
        start, end = command.index("--parameter-overrides") + 1, command.index("--tags")
        pairs = [each.split("=", 1) for each in command[start:end]]
        return {name: value.removeprefix('"').removesuffix('"') for name, value in pairs}


@pytest.fixture
def stage() -> firm.Firm:
    return firm.read("staging")


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the commands that only pretend to run would have left."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build/headers.json").write_text(json.dumps(HEADERS))
    desk = StackFile("", ROOT / "template.yaml", firm.REGION)
    monkeypatch.setattr(deploy, "DESK", desk)
    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    monkeypatch.setattr(archive, "pack_all", lambda built: [])


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The versions that were published, and checked for."""
    versions: list[str] = []
    monkeypatch.setattr(deploy, "_publish", lambda aws, values, version: versions.append(version))
    monkeypatch.setattr(deploy, "check", lambda url, version: versions.append(f"{url} {version}"))
    return versions


def test_each_stack_is_fed_by_those_before_it(stage: firm.Firm, published: list[str]) -> None:
    aws = Terminal(OUTPUTS)

    deploy.deploy(aws, stage, "abc")

    assert aws.deployed() == list(OUTPUTS)
    assert aws.given("guichet-staging")["SiteUrl"] == "https://staging.desk.example.com"
    site = aws.given("guichet-staging-site")
    assert site["ApiHost"] == "<ApiHost>"
    assert site["SiteCertificateArn"] == "<certificate>"
    assert site["OriginSecretVersion"] == "v7"
    assert site["ContentSecurityPolicy"] == HEADERS["Content-Security-Policy"]
    assert aws.given("guichet-staging-alarms")["DueFunctionName"] == "<DueFunctionName>"
    assert published == ["abc", "https://staging.desk.example.com abc"]


def test_pages_are_built_for_the_desk_that_they_will_call(stage: firm.Firm, published: list[str]) -> None:
    aws = Terminal(OUTPUTS)
    deploy.deploy(aws, stage, "abc")

    [environment] = [one for one in aws.environments if "SITE_URL" in one]
    assert environment["PAPERS_ORIGIN"] == "<PapersOrigin>"
    assert environment["SITE_URL"] == "https://staging.desk.example.com"
    assert environment["MEDIATOR_SITE"] == "https://mediation.example.com"


def test_a_look_changes_nothing(stage: firm.Firm, published: list[str]) -> None:
    aws = Terminal(OUTPUTS)
    deploy.deploy(aws, stage, "abc", execute=False)

    assert aws.deployed() == list(OUTPUTS)
    assert all("--no-execute-changeset" in command for command in aws.ran if "--stack-name" in command)
    assert published == []


def test_a_first_look_ends_where_there_is_nothing_yet_to_look_at(stage: firm.Firm, published: list[str]) -> None:
    aws = Terminal({})
    deploy.deploy(aws, stage, "abc", execute=False)
    assert aws.deployed() == ["guichet-staging", "guichet-staging-edge"]


def test_a_parameter_that_nobody_gives_is_named(stage: firm.Firm) -> None:
    with pytest.raises(Missing, match=r"alarms\.yaml needs Recipient"):
        deploy.ALARMS.parameters({name: "x" for name in deploy.ALARMS.declared if name != "Recipient"})


@pytest.mark.parametrize("stage_name", firm.STAGES)
def test_every_value_of_the_firm_is_a_parameter_of_some_stack(stage_name: str) -> None:
    declared = {"DomainName"}
    for file in (deploy.DESK, deploy.EDGE, deploy.SITE, deploy.ALARMS):
        declared |= file.declared.keys()
    assert firm.read(stage_name).parameters.keys() <= declared


def test_stages_are_told_apart() -> None:
    with pytest.raises(ValueError, match="none of the stages"):
        firm.read("production")
    assert len({firm.read(stage).parameters["MailDomain"] for stage in firm.STAGES}) == 3


def test_cloudfront_sends_the_headers_that_the_local_run_sends() -> None:
    from infra.local.cloud import ROOT as PROJECT
    from infra.local.site import Site

    site = Site(PROJECT)
    site.make_fresh()
    parameters = deploy.header_parameters(site.headers)
    resolver = template.Resolver(
        template.load(ROOT / "infra/site.yaml"), parameters, lambda name: name, lambda name, attribute: name
    )
    raw = template.load(ROOT / "infra/site.yaml")["Resources"]["SecurityHeaders"]["Properties"]
    policy = resolver.value(raw)["ResponseHeadersPolicyConfig"]

    security = policy["SecurityHeadersConfig"]
    hsts = security["StrictTransportSecurity"]
    sent = {item["Header"]: item["Value"] for item in policy["CustomHeadersConfig"]["Items"]} | {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "Strict-Transport-Security": f"max-age={hsts['AccessControlMaxAgeSec']}"
        + ("; includeSubDomains" if hsts.get("IncludeSubdomains") else "")
        + ("; preload" if hsts.get("Preload") else ""),
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else "",
    }
    assert sent == site.headers
    assert security.keys() == {
        "ContentSecurityPolicy", "ReferrerPolicy", "StrictTransportSecurity", "ContentTypeOptions"
    }  # fmt: skip


@pytest.mark.parametrize("header", [{"Strict-Transport-Security": "max-age=1; preload"}, {"X-Frame-Options": "DENY"}])
def test_a_header_that_cloudfront_would_not_send_so_stops_the_deployment(header: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match="send"):
        deploy.header_parameters({**HEADERS, **header})


def test_the_site_is_checked_until_it_is_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    answers: dict[str, list[bytes | OSError]] = {
        "https://x/api/health": [OSError("not yet"), b'{"status": "ok"}', b'{"status": "ok"}'],
        f"https://x/{publish.VERSION}": [b'{"version": "old"}', b'{"version": "abc"}'],
    }

    def fetch(url: str) -> bytes:
        answer = answers[url].pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    deploy.check("https://x", "abc", fetch)
    assert answers == {url: [] for url in answers}


def test_a_site_that_stays_another_fails_the_deployment() -> None:
    with pytest.raises(NotHealthy, match="old"):
        deploy.check("https://x", "abc", lambda url: b'{"status": "ok", "version": "old"}', patience=0)


def test_going_back_deploys_the_release_before_from_its_own_commit(
    stage: firm.Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = [{"version": version} for version in ("one", "two", "three", "three")]
    monkeypatch.setattr(publish, "releases", lambda s3, bucket: published)
    aws = Terminal(OUTPUTS)

    assert rollback.roll_back(aws, stage, None) == "two"

    assert [command[:3] for command in aws.ran] == [
        ("git", "worktree", "add"),
        ("make", "-C", aws.ran[0][4]),
        ("git", "worktree", "remove"),
    ]
    assert aws.ran[0][-1] == "two"
    assert aws.ran[1][3:] == ("deploy", "STAGE=staging")


def test_there_is_no_way_back_to_nowhere(stage: firm.Firm) -> None:
    with pytest.raises(NoSuchRelease):
        rollback.former_version([{"version": "one"}])
    with pytest.raises(NoSuchRelease):
        rollback.roll_back(Terminal({}), stage, None)
    with pytest.raises(NoSuchRelease):
        rollback.roll_back(Terminal(OUTPUTS), stage, "abc+")
