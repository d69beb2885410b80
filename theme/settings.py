"""What the brand and a deployment decide about the pages, which write %%publisher%%, %%host%% and so on."""

import re
from collections.abc import Mapping

from functions.shared.brand import brand
from functions.shared.texts import Texts

# Who we are: each is named in the legal notice.
NOTICE = (
    *("support", "host", "host_telephone", "mediator", "mediator_site", "publication_director"),
    *("publisher", *(f"publisher_{what}" for what in ("address", "capital", "register", "vat", "telephone"))),
)
# What the firm decides about the software and about money.
OFFERED = ("download", "systems", "refund_days")
_EXAMPLE = re.compile(r"\bex[ae]mple\b", re.IGNORECASE)


def of_brand() -> dict[str, str]:
    """The settings that the brand decides."""
    company = brand().company
    legal = {f"publisher_{what}": company[what] for what in ("address", "capital", "register", "vat", "telephone")}
    return {
        "desk": brand().name,
        "publisher": company["name"],
        "publication_director": company["director"],
        "support": company["support"],
        **legal,
    }


def filled(markdown: str, settings: Mapping[str, object], texts: Texts) -> str:
    """A page's text with the settings in it, examples called so in the page's language."""
    for name in ("desk", *NOTICE, *OFFERED):
        value = str(settings[name]).replace("(example)", f"({texts('site.example')})")
        markdown = markdown.replace(f"%%{name}%%", value)
    return markdown


def examples(settings: Mapping[str, object]) -> list[str]:
    """The settings that are still examples, which no customer of a firm may read."""
    return [
        f"{name} is an example: {value} (functions/shared/brand.toml, [company], or infra/firm.toml, [site])"
        for name, value in settings.items()
        if isinstance(value, str) and is_example(value)
    ]


def is_example(value: str) -> bool:
    """Whether it stands only until somebody decides."""
    return bool(_EXAMPLE.search(value))
