"""What SES tells of a message through EventBridge: that it was sent, then that it was delivered or has bounced."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.local import patterns
from infra.local.aws import ACCOUNT, REGION, Call
from infra.local.outbox import is_email

# As SES's own simulator takes them: to such an address nothing is delivered.
_BOUNCES = "bounce"
_DETAIL_TYPES = {"Send": "Email Sent", "Delivery": "Email Delivered", "Bounce": "Email Bounced"}


class MailEvents:
    """The events of one rule; `put` hands each that its pattern lets through to the rule's target."""

    def __init__(self, properties: Mapping[str, Any], put: Callable[[Any], None]) -> None:
        self._pattern = properties["Pattern"]
        self._put = put

    def see(self, call: Call) -> None:
        """Tell of the e-mail, if it was one, SES took it, and it named a configuration set."""
        if not is_email(call):
            return
        request = json.loads(call.body)
        for event in _events(request) if "ConfigurationSetName" in request else ():
            if patterns.matches(self._pattern, event):
                self._put(event)


def _events(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    tags = {tag["Name"]: [tag["Value"]] for tag in request.get("EmailTags", ())}
    destination = request["Destination"]["ToAddresses"]
    mail = {
        "messageId": str(uuid.uuid4()),
        "destination": destination,
        "tags": {"ses:configuration-set": [request["ConfigurationSetName"]], **tags},
    }
    yield _event("Send", mail, {"send": {}})
    if destination[0].startswith(_BOUNCES):
        bounced = [{"emailAddress": address} for address in destination]
        bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": bounced}
        yield _event("Bounce", mail, {"bounce": bounce})
    else:
        yield _event("Delivery", mail, {"delivery": {"recipients": destination}})


def _event(kind: str, mail: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _DETAIL_TYPES[kind],
        "source": "aws.ses",
        "account": ACCOUNT,
        "region": REGION,
        "detail": {"eventType": kind, "mail": mail, **more},
    }
