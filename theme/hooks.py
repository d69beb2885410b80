"""What MkDocs has no setting for: the blocks' language, the texts for the templates, and stricter checks."""

from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.utils.meta import get_data

from functions.shared.texts import LANGUAGES, Texts
from theme.forms import render

log = get_plugin_logger(__name__)

# Of Material we use the templates and the style; its scripts and search are replaced by docs/assets/js.
UNUSED = ("assets/javascripts/", "assets/images/", "assets/stylesheets/palette.")
SETTINGS = ("support", "publisher", "publisher_address", "host")
# static-i18n handles its events at -100 and must have finished.
AFTER_TRANSLATION = -200


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Leave out what no page refers to."""
    for file in list(files):
        if file.src_uri.startswith(UNUSED) or file.src_uri.endswith(".map"):
            files.remove(file)
    return files


@event_priority(AFTER_TRANSLATION)
def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Refuse a navigation title without a translation, and hand the guides to the blocks that list them."""
    plugin: Any = config.plugins["i18n"]
    language = plugin.current_language
    if language != plugin.default_language:
        translated = set(plugin.current_language_config.nav_translations.values())
        for item in _titled(nav.items):
            if item.title not in translated:
                log.warning(f"nav_translations of '{language}' has nothing for '{item.title}'")
    config.mdx_configs["theme.forms"] = {
        "sections": [
            render.Section(section.title, [_guide(page) for page in section.children if isinstance(page, Page)])
            for section in nav.items
            if isinstance(section, Section)
        ]
    }
    return nav


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Tell the blocks the page's language, and fill in what a deployment decides."""
    config.mdx_configs["theme.forms"]["language"] = _language(config)
    for setting in SETTINGS:
        markdown = markdown.replace(f"%%{setting}%%", config.extra[setting])
    return markdown


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Give the templates the texts of the language that is being built, and of all."""
    env.trim_blocks = env.lstrip_blocks = True
    env.globals["texts"] = Texts(_language(config))
    env.globals["texts_in"] = {language: Texts(language) for language in LANGUAGES}
    env.filters |= {
        "path": _path,
        "absolute": lambda file: str(config.site_url).rstrip("/") + _path(file),
        "kind": _kind,
    }
    return env


def _path(file: File) -> str:
    return "/" + file.url.removeprefix("./")


def _kind(page: Page) -> str:
    """How a page is laid out."""
    if page.file.name == "index":
        return "home"
    if page.file.name == "portal":
        return "portal"
    return "guide" if page.parent else "plain"


def _language(config: MkDocsConfig) -> Any:
    plugin: Any = config.plugins["i18n"]
    return plugin.current_language


def _guide(page: Page) -> render.Guide:
    _, front_matter = get_data(page.file.content_string)
    return render.Guide(str(page.title), _path(page.file), str(front_matter["description"]))


def _titled(items: list[Any]) -> list[Any]:
    """Sections and pages that mkdocs.yml gives a title, at any depth."""
    found = [item for item in items if item.title is not None]
    for item in items:
        found += _titled(getattr(item, "children", None) or [])
    return found
