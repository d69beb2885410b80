"""Writes template.yaml as SAM makes it in AWS; runs in SAM's environment: `python translated.py TEMPLATE`."""

import json
import sys
from pathlib import Path

from samtranslator.translator.transform import transform  # type: ignore[import-not-found]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-not-found]


class NoManagedPolicies:
    """No policy is named as SAM alone names it."""

    def load(self) -> dict[str, str]:
        return {}


template = yaml_parse(Path(sys.argv[1]).read_text("utf-8"))
template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
sys.stdout.write(json.dumps(transform(template, {"AWS::Region": "eu-west-3"}, NoManagedPolicies())))
