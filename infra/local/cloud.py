"""The local cloud put together: starts, settles, moves its clock, starts over, ends."""

import json
import os
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from infra.firm import company
from infra.local import schedules
from infra.local.aws import ACCOUNT, REGION, SECRET_KEY, Aws, PutBack, Tables
from infra.local.callers import access_key, calling, sign_as_callers
from infra.local.certificate import issue_test_chain
from infra.local.controls import Controls
from infra.local.deliveries import CalledQueue, Deliveries, EventQueue, Invoke, SendDeadLetter, Source, StreamMapping
from infra.local.files import Fingerprint
from infra.local.functions import Functions
from infra.local.gateway import Gateway
from infra.local.guard import Guard
from infra.local.invocations import Invocations
from infra.local.locks import SharedLock
from infra.local.mail_events import MailEvents
from infra.local.objects import PREFIX, ObjectEvents, PublicStore
from infra.local.outbox import Mail, Outbox
from infra.local.policies import PermittedSource, Policies, granted, stream_asks
from infra.local.resources import Function, Stack
from infra.local.schedules import Schedule, Timetable
from infra.local.server import Server
from infra.local.site import Site

ROOT = Path(__file__).parents[2]
_MAIL_DOMAIN = "example.com"
# Whoever has a seat when it is written has it for ten minutes more when it is put back.
_DEMO_IS_FRESH = timedelta(minutes=10)


class LocalCloud:
    """One desk with its demo people, on 127.0.0.1.

    Making it takes the port, and raises OSError when that is not free; `start` makes it answer. `tables` is the engine
    that keeps the tables, moto's own unless another is given.
    """

    def __init__(self, port: int, *, root: Path = ROOT, reload: bool = True, tables: Tables | None = None) -> None:
        self._server = Server(port)
        self.port = self._server.port
        self.url = f"http://localhost:{self.port}"
        self.site = Site(root, rebuild=reload)
        self._root = root
        self._reload = reload
        self._calls = SharedLock()
        self._deliveries = Deliveries()
        self._called: dict[str, CalledQueue] = {}
        self._demo_is_as_of: tuple[int, Fingerprint] | None = None
        self.aws = Aws(tables)
        self.policies = Policies()
        self.aws.put_before(lambda aws: Guard(aws, self.policies))
        sign_as_callers()

    def start(self) -> Self:
        """Make the resources, write the demo data and answer. Raises BuildFailed when the site cannot be built."""
        self.site.make_fresh()
        self.aws.start()
        parameters = company(_MAIL_DOMAIN) | {"Stage": "prod", "SiteUrl": self.url, "MalwareScan": "false"}
        self.stack = Stack(self._root / "template.yaml", f"guichet-{self.port}", parameters)
        os.environ.update(self.stack.environment(), S3_PUBLIC_ENDPOINT=f"{self.url}{PREFIX.rstrip('/')}")
        # Receivers of webhooks are on this machine.
        os.environ["WEBHOOKS_ANYWHERE"] = "true"
        self._verify_sender()
        self.policies.grants = granted(self.stack.functions)
        self.functions = Functions(self.stack.functions, self._root, reload=self._reload)
        self.aws.let_answer("lambda", Invocations(self.functions, self._invoke_later))
        self._outbox = Outbox(self.functions.now)
        self._timetable = Timetable(self.functions, self._calls)
        self.aws.watch(self._outbox.see)
        for name, function in self.stack.functions.items():
            self._connect(name, function)
        self.aws.watch(lambda call: None if call.only_reads else self._deliveries.wake())
        self._put_back_nothing = self._put_back_demo = self.snapshot()
        self._seed()
        self._deliveries.start()
        self._timetable.start()
        store = PublicStore(self.url, SECRET_KEY)
        gateway = Gateway(self.site, self.functions, store, Controls(self), self._calls, self.url, self.origin_secret)
        self._server.start(gateway)
        return self

    def stop(self) -> None:
        """Answer no more."""
        self._server.stop()
        self._timetable.stop()
        self._deliveries.stop()
        self.aws.stop()

    def settle(self, timeout: float = 30) -> None:
        """Wait until all that was written so far has had its effects. Raises TimeoutError."""
        self._deliveries.settle(timeout)

    def nothing_delivered(self) -> AbstractContextManager[None]:
        """Meanwhile no function works on what is written, which is forgotten at its end."""
        return self._deliveries.nothing_delivered()

    def mails(self) -> list[Mail]:
        """The mailbox, the newest first."""
        return self._outbox.mails()

    def now(self) -> datetime:
        """The business time."""
        return self.functions.now()

    def move_clock(self, to: datetime) -> None:
        """Set business time forward, by way of all that comes due."""
        with self._calls.alone():
            self.settle()
            self._timetable.move(to, self.settle)

    def reset(self) -> None:
        """The demo data as it was at the start; the present; an empty mailbox."""
        with self._calls.alone(), self._deliveries.nothing_delivered():
            self._outbox.clear()
            self._timetable.restart()
            for queue in self.stack.queues():
                self.stack.client("sqs").purge_queue(QueueUrl=queue)
            self._seed()

    def snapshot(self) -> PutBack:
        """All that the tables, buckets and user pools hold now; what is returned puts it back, as often as called."""
        return self.aws.snapshot(self.stack.tables(), self.stack.buckets(), self.stack.user_pools())

    def people(self) -> list[dict[str, Any]]:
        """The demo people: `email`, `password`, `company`, `says` (the part they play), `roles`, `totp_secret`."""
        people: list[dict[str, Any]] = import_module("infra.local.demo").people()
        return people

    @staticmethod
    def codes() -> dict[str, str]:
        """The code of each demo person's second factor at this moment, by their address."""
        codes: dict[str, str] = import_module("infra.local.demo").codes()
        return codes

    def _seed(self) -> None:
        """The demo data and nothing else: written once for a while and a state of the code, then put back."""
        as_of = int(self.functions.now().timestamp() // _DEMO_IS_FRESH.total_seconds()), self.functions.code
        if as_of != self._demo_is_as_of:
            self._put_back_nothing()
            import_module("infra.local.demo").write(self.stack)
            self.stack.client("s3").put_object(Bucket=os.environ["CONTRACTS"], Key="seals/local.pem", Body=self._seal)
            self._demo_is_as_of, self._put_back_demo = as_of, self.snapshot()
        self._put_back_demo()

    @cached_property
    def origin_secret(self) -> str:
        """What tells the API that a call came through CloudFront."""
        kept = self.stack.client("secretsmanager").get_secret_value(SecretId=os.environ["ORIGIN_SECRET"])
        current: str = json.loads(kept["SecretString"])["current"]
        return current

    @cached_property
    def _seal(self) -> bytes:
        """The seal's certificate, of an authority that lives as long as this cloud."""
        key = self.stack.client("kms").get_public_key(KeyId=os.environ["SEALING_KEY"])
        return issue_test_chain(key["PublicKey"], os.environ["SUPPLIER"].partition(",")[0])

    def _verify_sender(self) -> None:
        sender = os.environ["SENDER"]
        ses = self.stack.client("sesv2")
        known = [identity["IdentityName"] for identity in ses.list_email_identities()["EmailIdentities"]]
        if sender not in known:
            ses.create_email_identity(EmailIdentity=sender)

    def _connect(self, name: str, function: Function) -> None:
        """Give the function its events."""
        invoke = partial(self.functions.invoke, name)
        dead_letters = self._dead_letters(name, function.on_failure)
        queue = EventQueue(function.arn, invoke, dead_letters, self._deliveries.pause)
        used = False
        for event_name, event in function.events.items():
            properties = event["Properties"]
            match event["Type"]:
                case "HttpApi":
                    continue
                case "DynamoDB":
                    self._deliveries.add(self.stream_mapping(name, properties, invoke))
                    continue
                case "S3":
                    self.aws.watch(ObjectEvents(properties, queue.put).see)
                case "EventBridgeRule":
                    self.aws.watch(MailEvents(properties, queue.put).see)
                case "Schedule" | "ScheduleV2" as kind:
                    self._timetable.add(self._schedule(f"{function.name}-{event_name}", kind, properties, queue))
                case other:
                    raise NotImplementedError(f"the local cloud cannot give {name} events of type {other}")
            used = True
        if used:
            self._called[name] = CalledQueue(function.arn, invoke, dead_letters, self._deliveries.pause)
            for each in (queue, self._called[name]):
                self._deliveries.add(each)

    def _invoke_later(self, name: str, event: Any) -> None:
        """Lambda's asynchronous invocation of a function, which something else calls so too."""
        self._called[name].put(event)
        self._deliveries.wake()

    def source(self, function: str, stream_arn: str) -> Source:
        """A stream as it is read for a function, which must be allowed to. Raises PermissionError."""
        stream = self.aws.stream(stream_arn.split(":table/")[1].split("/")[0])
        return PermittedSource(stream, lambda: self.policies.insist(function, stream_asks(stream_arn)))

    def stream_mapping(self, name: str, properties: Mapping[str, Any], invoke: Invoke) -> StreamMapping:
        """What hands a stream's records to `invoke` as to the function, and to the dead letters in its name."""
        on_failure = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        return StreamMapping(
            properties,
            self.functions.by_name[name].arn,
            self.source(name, properties["Stream"]),
            invoke,
            self._dead_letters(name, on_failure),
            self._deliveries.pause,
        )

    def _dead_letters(self, function: str, queue_arn: str | None) -> SendDeadLetter | None:
        if queue_arn is None:
            return None
        sqs = self.stack.client("sqs")
        url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]

        def send(document: str) -> None:
            with calling(access_key(function)):
                sqs.send_message(QueueUrl=url, MessageBody=document)

        return send

    def _schedule(self, name: str, kind: str, properties: Mapping[str, Any], queue: EventQueue) -> Schedule:
        is_rule = kind == "Schedule"
        text = properties["Schedule" if is_rule else "ScheduleExpression"]
        zone = properties.get("ScheduleExpressionTimezone", "UTC")
        service, resource = ("events", "rule") if is_rule else ("scheduler", "schedule/default")
        arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}/{name}"

        def run(due: datetime) -> None:
            given = properties.get("Input")
            queue.put(json.loads(given) if given else _scheduled_event(f"aws.{service}", arn, due))
            self._deliveries.wake()

        return Schedule(schedules.expression(text, zone, self.functions.now()), run)


def _scheduled_event(source: str, resource: str, due: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": ACCOUNT,
        "time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [resource],
        "detail": {},
    }
