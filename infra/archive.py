"""Packs what `sam build` built into archives of the same bytes every time: `python -m infra.archive [FOLDER]`.

SAM's own archives follow the order in which a disk lists its files, so that the same code would be uploaded, and every
function started anew, at each deployment.
"""

import re
import sys
import zipfile
from pathlib import Path

BUILT = Path(".aws-sam/build")
# The earliest date that an archive can hold.
_DATE = (1980, 1, 1, 0, 0, 0)
_CODE = re.compile(r"^(\s+CodeUri: )(\w+)$", re.MULTILINE)


def pack(folder: Path, archive: Path) -> None:
    """Write all files of a folder, in the order of their names, readable by everyone as Lambda wants them."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.create_system = 3
                member.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
                packed.writestr(member, path.read_bytes())


def pack_all(built: Path) -> list[Path]:
    """Pack each function that the built template names by its folder, and let it name the archives instead."""
    template = built / "template.yaml"
    text = template.read_text("utf-8")
    archives = []
    for _, name in _CODE.findall(text):
        archives.append(built / f"{name}.zip")
        pack(built / name, archives[-1])
    template.write_text(_CODE.sub(r"\1\2.zip", text), "utf-8")
    return archives


if __name__ == "__main__":
    pack_all(Path(sys.argv[1]) if sys.argv[1:] else BUILT)
