"""What MkDocs has no setting for: the languages, the navigation, the blocks' page, the texts for the templates."""

import re
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from functions.shared.brand import brand
from functions.shared.texts import LANGUAGES, Texts
from functions.subscriptions.catalogue import catalogue
from theme import cards
from theme.forms.render import Page as Forms
from theme.guides import Guides, navigation
from theme.settings import filled

# Of Material we use the templates and, by theme/sheets.py, the style; docs/assets/js replaces its scripts.
UNUSED = ("assets/javascripts/", "assets/images/", "assets/stylesheets/")
OURS = Path(__file__).with_name("templates")
# What a guide says first, and the elements within it.
_FIRST = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
# The switches of Material's drawer and search, its skip link, what its scripts would fill: nothing here uses them.
_UNUSED_ELEMENTS = re.compile(
    r'<input class="md-toggle"[^>]*>|<label class="md-overlay"[^>]*></label>'
    r'|<div data-md-component="skip">.*?</div>|<div data-md-component="announce">\s*</div>'
    r'|<div class="md-dialog"[^>]*>\s*<div[^>]*></div>\s*</div>',
    re.DOTALL,
)
# Lines' indents and empty lines, outside of where they are shown.
_INDENTS = re.compile(r"(?P<shown><(?P<tag>pre|script|textarea)\b.*?</(?P=tag)>)|\n\s+", re.DOTALL)
# A word that no line breaks within, outside of what holds no elements, and of labels, whose text scripts read.
_E_MAIL = re.compile(
    r"<!--.*?-->|<(head|script|style|option|textarea|label|legend|svg)\b.*?</\1>"
    r"|<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>|(?<![\w@./-])(?P<word>[Ee]-mails?)(?![\w@-])",
    re.DOTALL,
)
# static-i18n handles its events at -100.
BEFORE_TRANSLATION, AFTER_TRANSLATION = 0, -200


@event_priority(BEFORE_TRANSLATION)
def _speak(config: MkDocsConfig) -> MkDocsConfig:
    """Publish every language of the one list."""
    plugin: Any = config.plugins["i18n"]
    languages = [
        {
            "locale": language,
            "name": Texts(language)("language.name"),
            "default": language == LANGUAGES[0],
            "theme": {"language": language},
        }
        for language in LANGUAGES
    ]
    plugin.config.load_dict({"languages": languages})
    plugin.config.validate()
    return config


@event_priority(AFTER_TRANSLATION)
def _navigate(config: MkDocsConfig) -> MkDocsConfig:
    """Make the navigation of the language that is being built, and tell the blocks its guides."""
    guides = Guides.read(Path(config.docs_dir), _language(config))
    config.nav = navigation(guides)
    config.site_name = brand().name
    config.mdx_configs["theme.forms"] = {
        "guides": guides,
        "support": config.extra["support"],
        "docs": Path(config.docs_dir),
    }
    return config


on_config: Any = CombinedEvent(_speak, _navigate)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Leave out what no page refers to."""
    for file in list(files):
        if file.src_uri.startswith(UNUSED) or file.src_uri.endswith(".map"):
            files.remove(file)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Tell the blocks the page they stand on, and fill in what the brand and a deployment decide."""
    config.mdx_configs["theme.forms"]["file"] = f"{Path(config.docs_dir).name}/{page.file.src_uri}"
    return filled(markdown, config.extra, Texts(_language(config)))


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Give the templates the texts of the language that is being built, and of all."""
    env.trim_blocks = env.lstrip_blocks = True
    # A name may hold whatever its owner wishes; Material's own templates write elements out of values.
    env.autoescape = lambda name: name is not None and (OURS / name).is_file()
    env.globals["brand"] = brand()
    env.globals["texts"] = Texts(_language(config))
    env.globals["texts_in"] = {language: Texts(language) for language in LANGUAGES}
    env.globals["editions"] = {name: said.name(_language(config)) for name, said in catalogue().editions.items()}
    guides: Guides = config.mdx_configs["theme.forms"]["guides"]
    # One for all the blocks of a page that need to know its reader.
    env.globals["shared_sign_in"] = Forms(guides).shared_sign_in
    env.globals["listed"] = {guide.name for guide in guides.found}
    env.filters |= {
        "path": _path,
        "absolute": lambda file: str(config.site_url).rstrip("/") + _path(file),
        "kind": _kind,
    }
    env.filters["answer"] = _answer
    env.globals["card"] = {"size": (cards.WIDTH, cards.HEIGHT), "path": partial(cards.path, _language(config))}
    return env


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Leave out what of Material's frame no template of ours can, and indents; keep «e-mail» on one line."""
    used = _UNUSED_ELEMENTS.sub("", output)
    return _E_MAIL.sub(_unbroken, _INDENTS.sub(lambda found: found["shown"] or "\n", used))


def _unbroken(found: re.Match[str]) -> str:
    return f'<span class="unbroken">{found["word"]}</span>' if found["word"] else found[0]


def _path(file: File) -> str:
    return "/" + file.url.removeprefix("./")


def _answer(content: str) -> str:
    """What a guide answers in its first paragraph, as its readers see it."""
    found = _FIRST.search(content)
    return unescape(_TAG.sub("", found[1])) if found else ""


def _kind(page: Page) -> str:
    """How a page is laid out."""
    if page.file.name == "index":
        return "home"
    if page.file.name in ("portal", "reviews", "support"):
        return "portal"
    # Where the staff work for a long day, a list has the screen's width.
    if page.file.name == "takeovers":
        return "desk"
    return "guide" if page.parent else "plain"


def _language(config: MkDocsConfig) -> Any:
    plugin: Any = config.plugins["i18n"]
    return plugin.current_language
