"""The style sheet of the whole site: Material's rules in a layer beneath ours, which stand in layers of their own."""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from theme import esbuild

# The folders of theme/styles, each a layer above the one before.
LAYERS = ("ground", "text", "parts", "pages", "states")
_MATERIAL = "templates/assets/stylesheets"


def whole(styles: Path, made: Mapping[str, str], workshop: Path) -> str:
    """All rules in as few letters as can be, of which each kind of page takes what it uses.

    `made` are sheets of the ground that the build makes, by name. Raises BuildFailed for what is no style sheet.
    """
    (material,) = (file for file in (files("material") / _MATERIAL).iterdir() if re.match(r"main\..*css$", file.name))
    ours = [(layer, file) for layer in LAYERS for file in sorted((styles / layer).glob("*.css"))]
    for name, text in made.items():
        (workshop / f"{name}.css").write_text(text, "utf-8")
        ours.append((LAYERS[0], workshop / f"{name}.css"))
    lines = [
        f"@layer material, {', '.join(f'guichet.{layer}' for layer in LAYERS)};",
        f'@import "{material}" layer(material);',
        *(f'@import "{file}" layer(guichet.{layer});' for layer, file in ours),
    ]
    entry = workshop / "whole.css"
    entry.write_text("\n".join(lines), "utf-8")
    bundled = workshop / "bundled"
    bundled.mkdir()
    esbuild.bundle(entry, bundled, ["--external:/assets/*"])
    return (bundled / entry.name).read_text("utf-8")
