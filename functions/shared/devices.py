"""Which browser somebody uses, on which system: the two names alone, of all that a browser says of itself."""

import re
from collections.abc import Mapping, Sequence

from functions.shared.texts import Texts

# The first that is found counts: most of them also name those that they resemble.
_BROWSERS: Sequence[tuple[str, str]] = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Version/\S+ .*Safari/", "Safari"),
)
_SYSTEMS: Sequence[tuple[str, str]] = (
    (r"iPhone|iPod", "iOS"),
    (r"iPad", "iPadOS"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


def device(user_agent: str) -> dict[str, str]:
    """The names of `browser` and `system`, where they are known."""
    found = {"browser": _first(_BROWSERS, user_agent), "system": _first(_SYSTEMS, user_agent)}
    return {part: name for part, name in found.items() if name}


def worded(names: Mapping[str, str], texts: Texts) -> str:
    """The same in words, as «Firefox on Windows»."""
    match names:
        case {"browser": _, "system": _}:
            return texts("sessions.devices.both", **names)
        case {"browser": browser}:
            return browser
        case {"system": _}:
            return texts("sessions.devices.system", **names)
    return texts("sessions.devices.unknown")


def _first(known: Sequence[tuple[str, str]], user_agent: str) -> str | None:
    return next((name for pattern, name in known if re.search(pattern, user_agent)), None)
