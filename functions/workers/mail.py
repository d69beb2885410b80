"""An e-mail: worded in the reader's language, as text and as HTML, and sent through SES."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from functions.shared.cloud import Cloud
from functions.shared.texts import Texts

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True)
class Mail:
    """What is sent."""

    subject: str
    text: str
    html: str


def compose(name: str, texts: Texts, facts: Mapping[str, object], site_url: str) -> Mail:
    """The e-mail at `name` in the texts with its facts filled in. Raises KeyError for a wording or fact missing."""
    subject = texts(f"{name}.subject", **facts)
    paragraphs = [texts.filled(paragraph, facts) for paragraph in texts.entry(f"{name}.body")]
    parts = {
        "subject": subject,
        "language": texts.language,
        "greeting": texts("mails.greeting"),
        "paragraphs": paragraphs,
        "button": "",
        "url": "",
        "closing": texts("mails.closing"),
        "why": texts("mails.why"),
    }
    if f"{name}.button" in texts:
        parts["button"] = texts(f"{name}.button")
        parts["url"] = f"{site_url}/{texts(f'{name}.path', **facts)}"
    return Mail(
        subject,
        _TEMPLATES.get_template("mail.txt").render(parts),
        _TEMPLATES.get_template("mail.html").render(parts),
    )


def send(cloud: Cloud, recipient: str, mail: Mail) -> None:
    """Hand the e-mail to SES, which tells what becomes of it as the configuration set says."""
    name = cloud.settings.configuration_set
    options: Any = {"ConfigurationSetName": name} if name else {}
    cloud.mail.send_email(
        FromEmailAddress=cloud.settings.sender,
        Destination={"ToAddresses": [recipient]},
        Content={
            "Simple": {
                "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": mail.text, "Charset": "UTF-8"},
                    "Html": {"Data": mail.html, "Charset": "UTF-8"},
                },
            }
        },
        **options,
    )
