"""What the firm decides for a stage: infra/firm.toml, read."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE = Path(__file__).with_name("firm.toml")
STAGES = ("dev", "staging", "prod")
REGION: Final = "eu-west-3"
# The one region where CloudFront takes certificates and limits from.
EDGE_REGION = "us-east-1"
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
    everything = tomllib.loads(file.read_text("utf-8"))
    own = everything.get(stage, {})
    parameters = _texts(everything["parameters"]) | _texts(own.get("parameters", {}))
    # Pages name the address that e-mails name.
    named = {"STAGE": stage, "SUPPORT": parameters["Support"]}
    site = {**named, **_texts(everything.get("site", {})), **_texts(own.get("site", {}))}
    # Who publishes the pages bills too; an example is one on the pages alone.
    parameters |= {
        "SupplierVat": site["PUBLISHER_VAT"].removesuffix(_EXAMPLE),
        "SupplierLegal": ", ".join(
            site[name].removesuffix(_EXAMPLE) for name in ("PUBLISHER_CAPITAL", "PUBLISHER_REGISTER")
        ),
    }
    return Firm(stage, parameters | {"Stage": stage, "SiteUrl": f"https://{parameters['DomainName']}"}, site)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
