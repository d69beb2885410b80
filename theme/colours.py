"""The brand's colours as a style sheet, and whether everybody can read what is written in one of them on another."""

from collections.abc import Iterator, Mapping

from functions.shared.brand import Brand

# WCAG 2.2, 1.4.3 and 1.4.11: what is read, and what only has to be seen, each on what it stands on.
READ, SEEN = 4.5, 3.0
_GROUNDS = ("paper", "surface", "sunken")
_PAIRS = (
    *((colour, ground, READ) for colour in ("ink", "ink_soft", "accent", "danger") for ground in _GROUNDS),
    *(("edge", ground, SEEN) for ground in _GROUNDS),
    *((colour, "accent_soft", READ) for colour in ("ink", "ink_soft", "accent", "accent_deep")),
    *((colour, "danger_soft", READ) for colour in ("ink", "danger")),
    ("on_accent", "accent", READ),
    ("on_accent", "accent_deep", READ),
    ("on_danger", "danger", READ),
)


def sheet(brand: Brand) -> str:
    """The colours as custom properties, of which theme/styles/ground/ground.css says when each of the two holds."""
    lines = (
        f"  --{name.replace('_', '-')}: var(--light, {light}) var(--dark, {brand.dark[name]});"
        for name, light in brand.light.items()
    )
    return "\n".join((":root {", *lines, "}", ""))


def faults(brand: Brand) -> list[str]:
    """The pairs of colours with too little contrast."""
    return [
        f"functions/shared/brand.toml: {scheme}: {fault}"
        for scheme, colours in (("light", brand.light), ("dark", brand.dark))
        for fault in _unreadable(colours)
    ]


def contrast(one: str, other: str) -> float:
    """From 1 to 21, of two colours as #rrggbb (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _unreadable(colours: Mapping[str, str]) -> Iterator[str]:
    for colour, ground, least in _PAIRS:
        ratio = contrast(colours[colour], colours[ground])
        if ratio < least:
            yield f"{colour} on {ground} has a contrast of {ratio:.2f}, less than {least}"


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
