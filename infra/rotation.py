"""Rotates a secret so that nothing under way breaks: `python -m infra.rotation dev|staging|prod desk|origin`.

A secret holds `current`, which makes what is new, and `previous`, which is believed as well. Each call takes the next
of three steps: the new value is believed everywhere, then it makes what is new, then the old one is forgotten. Code
that keeps a secret for some minutes has to have read each step before the next one.
"""

import json
import secrets
import sys
from collections.abc import Mapping
from typing import Any, Literal

from infra import firm
from infra.cloudformation import Aws
from infra.firm import REGION

type Step = Literal["believed", "in_use", "old_forgotten"]

OUTPUTS = {"desk": "DeskSecretArn", "origin": "OriginSecretArn"}


def next_step(secret: Mapping[str, str], new: str) -> tuple[Step, dict[str, str]]:
    """What a secret becomes; `turned` says that its `previous` value is the old one rather than the coming one."""
    if not secret["previous"]:
        return "believed", {"current": secret["current"], "previous": new}
    if "turned" not in secret:
        return "in_use", {"current": secret["previous"], "previous": secret["current"], "turned": "yes"}
    return "old_forgotten", {"current": secret["current"], "previous": ""}


def rotate(client: Any, arn: str) -> Step:
    """Take the next step. Returns which it was."""
    secret = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    step, becomes = next_step(secret, secrets.token_hex(32))
    client.put_secret_value(SecretId=arn, SecretString=json.dumps(becomes))
    return step


if __name__ == "__main__":
    account = Aws()
    arns = account.of_deployed(firm.read(sys.argv[1]).stack(), REGION)
    taken = rotate(account.client("secretsmanager", REGION), arns[OUTPUTS[sys.argv[2]]])
    sys.stdout.write({"believed": "1 of 3", "in_use": "2 of 3", "old_forgotten": "3 of 3: done"}[taken] + "\n")
