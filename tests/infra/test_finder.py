"""The site's function at the edge, run as CloudFront would: each path's file, folders, and what there is not."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright._impl._driver import compute_driver_executable

from infra.local.template import load

ROOT = Path(__file__).parents[2]
PATHS = {
    "/index.html": "",
    "/add/index.html": "",
    "/api/openapi.json": "",
    "#404": "2",
    "#404/0": "not ",
    "#404/1": "là",
}
RUN = """
import { readFileSync } from 'node:fs';
const [values, event] = JSON.parse(readFileSync(0, 'utf-8'));
const cf = { kvs: () => ({
  async exists(key) { if (key.length > 512) throw new Error('too long'); return key in values; },
  async get(key) { if (!(key in values)) throw new Error(key); return values[key]; },
}) };
CODE
console.log(JSON.stringify(await handler(event)));
"""


def found(uri: str, tmp_path: Path, query: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the function makes of a request."""
    code = load(ROOT / "infra/site.yaml")["Resources"]["Finder"]["Properties"]["FunctionCode"]
    first, rest = code.split("\n", 1)
    assert first == "import cf from 'cloudfront';"
    script = tmp_path / "finder.mjs"
    script.write_text(RUN.replace("CODE", rest), "utf-8")
    event = {"request": {"method": "GET", "uri": uri, "querystring": query or {}}}
    node, _ = compute_driver_executable()
    given = json.dumps([PATHS, event])
    ran = subprocess.run([node, str(script)], input=given, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("/", "/index.html"),
        ("/add/", "/add/index.html"),
        ("/add/index.html", "/add/index.html"),
        ("/api/openapi.json", "/api/openapi.json"),
        ("/assets/js/site-55FLHGDR.js", "/assets/js/site-55FLHGDR.js"),
    ],
)
def test_a_path_that_there_is_leads_to_its_file(uri: str, file: str, tmp_path: Path) -> None:
    assert found(uri, tmp_path)["uri"] == file


def test_a_folder_without_its_slash_leads_to_it_with_the_query_it_came_with(tmp_path: Path) -> None:
    query = {"q": {"value": "a%20b"}, "x": {"value": "1", "multiValue": [{"value": "1"}, {"value": ""}]}}
    answer = found("/add", tmp_path, query)
    assert (answer["statusCode"], answer["headers"]["location"]["value"]) == (302, "/add/?q=a%20b&x=1&x")


@pytest.mark.parametrize(
    "uri", ["/nothing/", "/releases/2026.json", "/#404", "//example.org", "/fr/nothing", "/" + "x" * 900]
)
def test_a_path_that_there_is_not_is_answered_in_both_languages_with_404(uri: str, tmp_path: Path) -> None:
    answer = found(uri, tmp_path)
    assert (answer["statusCode"], answer["body"]["data"]) == (404, "not là")
    assert answer["headers"]["content-type"]["value"] == "text/html; charset=utf-8"


def test_the_function_is_small_enough() -> None:
    code = load(ROOT / "infra/site.yaml")["Resources"]["Finder"]["Properties"]["FunctionCode"]
    assert len(code.encode()) < 10 * 1024
