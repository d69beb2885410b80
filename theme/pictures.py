"""The pictures that the guides show: where each lies, and how large it is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from PIL import Image

from functions.shared.texts import Language
from theme.failure import BuildFailed

type Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme.__value__)
# Pixels of a picture for each of the page's, each way.
SCALE = 2


@dataclass(frozen=True)
class Picture:
    """A picture in one scheme: its address, and its size on the page."""

    scheme: Scheme
    address: str
    width: int
    height: int


def file_of(docs: Path, language: Language, name: str, scheme: Scheme) -> Path:
    """Where a picture lies."""
    return docs / "assets" / "pictures" / language / f"{name}-{scheme}.webp"


def pictures(docs: Path, language: Language, name: str) -> Iterator[Picture]:
    """A picture in each scheme. Raises BuildFailed for one that was never taken."""
    for scheme in SCHEMES:
        file = file_of(docs, language, name, scheme)
        if not file.exists():
            raise BuildFailed(f"there is no {file.relative_to(docs.parent)}: make pictures")
        with Image.open(file) as opened:
            width, height = (length // SCALE for length in opened.size)
        yield Picture(scheme, f"/{file.relative_to(docs).as_posix()}", width, height)
