"""What the firm decides for a stage: infra/firm.toml, read, and of the brand what the stacks take."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from functions.shared.brand import brand

FILE = Path(__file__).with_name("firm.toml")
STAGES = ("dev", "staging", "prod")
REGION: Final = "eu-west-3"
# The one region where CloudFront takes certificates and limits from.
EDGE_REGION = "us-east-1"
# An example is one on the pages alone.
_EXAMPLE = " (example)"


@dataclass(frozen=True)
class Firm:
    """A stage's own values."""

    stage: str
    parameters: Mapping[str, str]
    site: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where customers reach the stage."""
        return f"https://{self.parameters['DomainName']}"

    def stack(self, part: str = "") -> str:
        """The name of the stage's stack, or of one of those around it."""
        return f"guichet-{self.stage}-{part}" if part else f"guichet-{self.stage}"


def read(stage: str, file: Path = FILE) -> Firm:
    """The values of a stage, its own before those for all. Raises ValueError for a stage that is none."""
    if stage not in STAGES:
        raise ValueError(f"{stage!r} is none of the stages: {', '.join(STAGES)}")
    given = written(stage, "parameters", file)
    parameters = company(given["MailDomain"]) | {"Stage": stage, "SiteUrl": f"https://{given['DomainName']}"} | given
    return Firm(stage, parameters, {"STAGE": stage, **written(stage, "site", file)})


def written(stage: str, what: Literal["parameters", "site"], file: Path = FILE) -> dict[str, str]:
    """What the file itself says of a stage, its own values before those for all."""
    everything = tomllib.loads(file.read_text("utf-8"))
    return _texts(everything.get(what, {})) | _texts(everything.get(stage, {}).get(what, {}))


def company(mail_domain: str) -> dict[str, str]:
    """The stack's parameters that the brand decides, for e-mails from that domain."""
    known = {name: value.removesuffix(_EXAMPLE) for name, value in brand().company.items()}
    return {
        "Supplier": f"{known['name']}, {known['address']}",
        "SupplierVat": known["vat"],
        "SupplierLegal": f"{known['capital']}, {known['register']}",
        "Support": known["support"],
        "Accounts": known["accounts"],
        "Sender": f"{known['sender']}@{mail_domain}",
    }


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
