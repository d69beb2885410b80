"""The Markdown blocks of the desk, such as `/// form | sign-in` or `/// portal`, each closed by `///`."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from pymdownx.blocks import BlocksExtension, BlocksProcessor
from pymdownx.blocks.block import Block

from functions.shared.texts import LANGUAGES
from theme.failure import BuildFailed
from theme.forms.render import Page
from theme.guides import Guides


class DeskBlock(Block):
    """A block that a template renders; what it holds in Markdown is nothing."""

    def on_markdown(self) -> str:
        """Nothing inside is Markdown."""
        return "raw"

    def on_create(self, parent: ElementTree.Element) -> ElementTree.Element:
        """Put the rendered block where raw HTML is kept safe from Markdown."""
        element = ElementTree.SubElement(parent, "div", {"class": f"desk-block desk-block--{self.NAME}"})
        try:
            html = self.html(Page(self.config["guides"], self.config["support"], self.config["docs"]))
        except BuildFailed as failure:
            raise self.failed(*failure.args) from None
        except KeyError as missing:
            raise self.failed(f"{missing.args[0]} is missing") from missing
        element.text = self.md.htmlStash.store(html)
        return element

    def failed(self, *reasons: str) -> BuildFailed:
        """Why the page cannot be built, with where the block stands."""
        where = f"{self.config['file']}: /// {' | '.join(filter(None, (self.NAME, self.argument)))}"
        return BuildFailed(*(f"{where}: {reason}" for reason in reasons))

    def html(self, page: Page) -> str:
        """The block's HTML on that page."""
        raise NotImplementedError


class FormBlock(DeskBlock):
    """The form of a job, or those of several about one subject."""

    NAME = "form"
    ARGUMENT = True

    def html(self, page: Page) -> str:
        """Raises BuildFailed for a job that does not exist, KeyError for a text that is missing."""
        return page.form(*self.names)

    @property
    def names(self) -> list[str]:
        """The names of the jobs."""
        return [name.strip() for name in self.argument.split(",")]


class LiveStepsBlock(DeskBlock):
    """Where the reader stands in the numbered steps that follow; the argument says which job each step is about."""

    NAME = "live-steps"
    ARGUMENT = True

    def on_create(self, parent: ElementTree.Element) -> ElementTree.Element:
        """Remember what the steps stand in."""
        self.parent = parent
        return super().on_create(parent)

    def html(self, page: Page) -> str:
        """Raises BuildFailed for a step that no action of a subscription is about, KeyError for a missing text."""
        return page.live_steps(self.steps)

    def on_inline_end(self, block: ElementTree.Element) -> None:
        """Raises BuildFailed when the list that follows has not as many steps."""
        siblings = list(self.parent)
        following = siblings[siblings.index(block) + 1 :][:1]
        count = len(following[0]) if following and following[0].tag == "ol" else 0
        if count != len(self.steps):
            raise self.failed(f"{len(self.steps)} steps are named, and the list that follows has {count}")

    @property
    def steps(self) -> list[str]:
        """The names of the jobs."""
        return [name.strip() for name in self.argument.split(",")]


class ProductBlock(DeskBlock):
    """One product, to put into the cart; the argument is its page's name in the catalogue."""

    NAME = "product"
    ARGUMENT = True

    def html(self, page: Page) -> str:
        """Raises BuildFailed for a product that does not exist, KeyError for a text that is missing."""
        return page.product(self.argument)


class PictureBlock(DeskBlock):
    """A picture of what the reader of a guide sees at the desk; the argument is its name."""

    NAME = "picture"
    ARGUMENT = True

    def html(self, page: Page) -> str:
        """Raises BuildFailed for a picture that was never taken, KeyError for a text that is missing."""
        return page.picture(self.argument)


class DrawingBlock(DeskBlock):
    """A drawing of ours; the argument is its name."""

    NAME = "drawing"
    ARGUMENT = True

    def html(self, page: Page) -> str:
        """Raises BuildFailed for a drawing that does not exist, KeyError for a text that is missing."""
        return page.drawing(self.argument)


# The blocks that take no argument: each is said by the template of its name.
PLAIN = (
    "account-status",
    "activation",
    "contract",
    "documents",
    "feedback",
    "invoices",
    "jobs",
    "leaver",
    "order",
    "orders",
    "own-account",
    "portal",
    "products",
    "registration",
    "reviews",
    "second-factor",
    "sessions",
    "support",
    "takeovers",
    "team",
    "verification",
)


def _plain(name: str) -> type[DeskBlock]:
    class PlainBlock(DeskBlock):
        NAME = name

        def html(self, page: Page) -> str:
            return page.plain(name)

    return PlainBlock


BLOCKS: tuple[type[DeskBlock], ...] = (
    *(FormBlock, LiveStepsBlock, ProductBlock, PictureBlock, DrawingBlock),
    *map(_plain, PLAIN),
)


class DeskExtension(BlocksExtension):
    """Registers the blocks; theme/hooks.py configures it for each page."""

    def __init__(self, **settings: Any) -> None:
        self.config = {
            "guides": [Guides(LANGUAGES[0], ()), "The guides of the page's language."],
            "file": ["", "The page's file."],
            "support": ["", "The address of the support team."],
            "docs": [Path(), "The folder of the guides and of what they show."],
        }
        super().__init__(**settings)

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: BlocksProcessor) -> None:  # noqa: N802
        """Register every block."""
        for block in BLOCKS:
            block_mgr.register(block, self.getConfigs())


def makeExtension(**settings: Any) -> DeskExtension:  # noqa: N802
    """Markdown's entry point."""
    return DeskExtension(**settings)
