"""An e-mail: worded in the reader's language, as text and as HTML, and sent through SES."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from functions.shared.brand import brand
from functions.shared.cloud import Cloud
from functions.shared.settings import Settings
from functions.shared.texts import Texts

# In the place of a code, wherever an e-mail is told of.
MASK = "••••••"
# No line of the text is longer, but for a word that is: a link stays whole.
WIDTH = 72
# A paragraph that is nothing but one of these facts is set as what it is.
_ALONE = {"{code}": "code", "{bill}": "bill", "{reason}": "quoted", "{check}": "quoted", "{why}": "quoted"}
# What would break at its hyphens, or is an address, is one word that goes to the next line whole, unless it is so long
# that the narrowest screen has no line for it.
_WORD = re.compile(r"(?=[!-~]*[-@])[!-~]{,32}")
_WHOLE = Markup('<span style="display:inline-block;max-width:100%;overflow-wrap:anywhere">{}</span>')
# A contract's number, which every line of the body has room for.
_CONTRACT = re.compile(r"G-\d{4}-\w+", re.ASCII)
_UNBROKEN = Markup('<span style="white-space:nowrap">{}</span>')
# The same in the heading, with the colon behind it: a line may end after an inline block, even at a no-break space.
_BRACKETED = re.compile(r"\(\{contract_number\}\)(\u00a0:)?")
_E_MAIL = re.compile(r"\b([Ee]-mails?)\b")
_LINK = Markup('<a class="accent" href="mailto:{0}" style="color:{1}">{0}</a>')


@dataclass(frozen=True)
class Mail:
    """What is sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Block:
    """A part of an e-mail in both its forms: a paragraph, a quotation, a box, the code, or the `bill` of an order."""

    kind: str
    text: str
    html: str
    bill: Mapping[str, Any] | None = None


class _Words:
    """The wordings of one e-mail, filled with its facts."""

    def __init__(self, texts: Texts, facts: Mapping[str, object], support: str) -> None:
        self._texts = texts
        self._facts = {**facts, "support": support}
        self._marked = {name: _marked(fact) for name, fact in facts.items()} | {
            "support": _LINK.format(support, brand().light["accent"]),
            "bracketed": _WHOLE.format(f"({facts.get('contract_number')})"),
            "bracketed_colon": _WHOLE.format(f"({facts.get('contract_number')})\u00a0:"),
        }

    def text(self, wording: str) -> str:
        """As the text has it."""
        return self._texts.filled(wording, self._facts)

    def html(self, wording: str) -> str:
        """As the HTML has it: a Markup as the wording escapes whatever it is filled with."""
        bracketed = _BRACKETED.sub(lambda found: "{bracketed_colon}" if found[1] else "{bracketed}", wording)
        whole = Markup().join(
            _UNBROKEN.format(part) if _E_MAIL.fullmatch(part) else escape(part) for part in _E_MAIL.split(bracketed)
        )
        return self._texts.filled(whole, self._marked).replace("\n", Markup("<br>\n"))

    def block(self, wording: str, kind: str = "paragraph") -> Block:
        """A part of the body."""
        kind = _ALONE.get(wording, kind)
        bill = self._facts["bill"] if kind == "bill" else None
        return Block(kind, self.text(wording), self.html(wording), bill)  # type: ignore[arg-type]


def compose(name: str, texts: Texts, facts: Mapping[str, object], settings: Settings) -> Mail:
    """The e-mail at `name` in the texts with its facts filled in. Raises KeyError for a wording or fact missing."""
    words = _Words(texts, facts, settings.support)
    subject = words.text(texts.entry(f"{name}.subject"))
    blocks = [block for paragraph in texts.entry(f"{name}.body") if (block := words.block(paragraph)).text]
    parts: dict[str, object] = {
        "language": texts.language,
        "brand": brand().name,
        "light": brand().light,
        "dark": brand().dark,
        "width": WIDTH,
        "subject": subject,
        "title": words.html(texts.entry(f"{name}.title" if f"{name}.title" in texts else f"{name}.subject")),
        "preheader": next(block.text for block in blocks if block.kind == "paragraph"),
        "greeting": texts("mails.greeting"),
        "blocks": blocks,
        "button": "",
        "closing": texts("mails.closing"),
        "why": words.block(texts.entry(f"{name}.why" if f"{name}.why" in texts else "mails.why")),
        "help": words.block(texts.entry("mails.help")),
        "company": settings.supplier,
    }
    if f"{name}.boxed" in texts:
        blocks.append(words.block(texts.entry(f"{name}.boxed"), "boxed"))
    if f"{name}.button" in texts:
        button = texts(f"{name}.button")
        parts |= {
            "button": button,
            "url": f"{settings.site_url}{texts.root}{words.text(texts.entry(f'{name}.path'))}",
            "copy": texts("mails.copy"),
            "link": texts("mails.link", button=button),
        }
    return Mail(
        subject,
        _TEMPLATES.get_template("mail.txt").render(parts),
        _TEMPLATES.get_template("mail.html").render(parts),
    )


def masked_subject(name: str, texts: Texts, facts: Mapping[str, object]) -> str:
    """The subject of the e-mail at `name` without the code that it may hold, as it is kept."""
    return texts.filled(texts.entry(f"{name}.subject"), {**facts, "code": MASK})


def send(
    cloud: Cloud, recipient: str, mail: Mail, tags: Mapping[str, str], attached: Sequence[tuple[str, bytes]] = ()
) -> None:
    """Hand the e-mail to SES, which tells what becomes of it, its tags beside, as the configuration set says.

    PDF files are `attached` by their names.
    """
    settings = cloud.settings
    files = [
        {"FileName": name, "RawContent": content, "ContentType": "application/pdf", "ContentDisposition": "ATTACHMENT"}
        for name, content in attached
    ]
    name = settings.configuration_set
    options: Any = {"ConfigurationSetName": name} if name else {}
    content: Any = {
        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
        "Body": {
            "Text": {"Data": mail.text, "Charset": "UTF-8"},
            "Html": {"Data": mail.html, "Charset": "UTF-8"},
        },
        **({"Attachments": files} if files else {}),
    }
    cloud.mail.send_email(
        FromEmailAddress=formataddr((brand().name, settings.sender)),
        ReplyToAddresses=[settings.support],
        Destination={"ToAddresses": [recipient]},
        EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
        Content={"Simple": content},
        **options,
    )


def _marked(fact: object) -> object:
    if not isinstance(fact, str) or not _WORD.fullmatch(fact):
        return fact
    return (_UNBROKEN if _CONTRACT.fullmatch(fact) else _WHOLE).format(fact)


def _wrapped(text: str, before: str = "") -> str:
    """Lines of the text's width, each with that before it."""
    wrapper = textwrap.TextWrapper(
        WIDTH, initial_indent=before, subsequent_indent=before, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(wrapper.fill(line) for line in text.split("\n"))


def _aligned(row: Sequence[str]) -> str:
    """A row of the bill: the name from the left, over several lines if it must be, and the amount at the right."""
    name, amount = row
    first, *others = textwrap.wrap(name, WIDTH - len(amount) - 2, subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join([f"{first}{amount:>{WIDTH - len(first)}}", *others])


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_TEMPLATES.filters |= {"wrapped": _wrapped, "aligned": _aligned}
