"""A desk of another name: one file changes its pages, e-mails and documents, or the build says why it cannot."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from functions.contracts.render import render
from functions.onboarding.account import worded
from functions.shared import brand
from functions.shared.second_factor import uri
from functions.shared.texts import Texts
from functions.workers.mail import compose
from infra import firm
from tests.browser.test_mails import FACTS, SETTINGS
from tests.contracts.examples import contract
from tests.site.conftest import change
from theme import colours
from theme.build import ROOT, build
from theme.failure import BuildFailed

NAME = "Comptoir des calculs"
COMPANY = "Durand Calculs SAS"
SUPPORT = "aide@durand.example"
# A violet desk with a square door.
CHANGES = {
    '"Guichet"': f'"{NAME}"',
    '"Example SAS"': f'"{COMPANY}"',
    "SST.FRTeam@hilti.com": SUPPORT,
    "M5 29V14a11 11 0 0 1 22 0v15z": "M5 29V5h22v24z",
    "#0b6350": "#5b3a9e",
    "#084638": "#3f2577",
    "#e2eee8": "#ece6f7",
    "#74d6b9": "#c3adf5",
    "#a2e8d2": "#dccffb",
    "#1b352d": "#2b2240",
    "#06231b": "#1d1138",
    "#2f8a72": "#7d5cc4",
}
HEXADECIMAL = re.compile(r"#[0-9a-f]{6}\b")


@pytest.fixture
def another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of another brand, which the desk goes by."""
    file = tmp_path / "brand.toml"
    content = brand.FILE.read_text("utf-8")
    for old, new in CHANGES.items():
        assert old in content
        content = content.replace(old, new)
    file.write_text(content, "utf-8")
    monkeypatch.setattr(brand, "FILE", file)
    brand.brand.cache_clear()
    yield file
    monkeypatch.undo()
    brand.brand.cache_clear()


def test_a_brand_is_one_file(another: Path, project: Path) -> None:
    build(project)
    site = project / "build/site"
    french = (site / "fr/add-user/index.html").read_text("utf-8")
    assert f"– {NAME}</title>" in french
    assert f"{NAME}, le libre-service de vos abonnements logiciels." in french
    assert "M5 29V5h22v24z" in french
    notice = (site / "fr/legal/index.html").read_text("utf-8")
    assert COMPANY in notice
    assert SUPPORT in notice
    assert (site / "llms.txt").read_text("utf-8").startswith(f"# {NAME}\n")
    texts = [page.read_text("utf-8") for page in site.rglob("*") if page.suffix in (".html", ".css", ".svg", ".json")]
    coloured = [path for path in site.rglob("*") if path.suffix in (".css", ".svg") and path.parts[-3] == "assets"]
    assert len(coloured) > 1
    assert [path.name for path in coloured if "#5b3a9e" not in path.read_text("utf-8")] == []
    for former in CHANGES:
        assert not [text for text in texts if former.strip('"') in text], former


def test_mails_documents_and_authenticators_follow(another: Path) -> None:
    texts = Texts("fr")
    mail = compose("users.mails.added", texts, worded(FACTS, texts), SETTINGS)
    assert NAME in mail.html
    assert NAME in mail.text
    read = brand.read(another)
    # No e-mail shows a mark: programs draw no SVG in it, and any other shape would be of one desk alone.
    assert "mark" not in mail.html
    assert set(HEXADECIMAL.findall(mail.html)) <= {*read.light.values(), *read.dark.values()}
    assert NAME.replace(" ", "%20") in uri("JBSWY3DPEHPK3PXP" * 2, "jo.keller@example.com")
    first = PdfDocument(render(contract("fr")))[0].render(scale=2).to_pil()
    drawn = {colour for _, colour in first.getcolors(maxcolors=first.width * first.height) or ()}
    assert (0x5B, 0x3A, 0x9E) in drawn
    assert (0x0B, 0x63, 0x50) not in drawn


def test_deployments_follow(another: Path) -> None:
    parameters = firm.read("staging").parameters
    assert parameters["Supplier"] == f"{COMPANY}, 1 rue de l’Exemple, 75002 Paris, France"
    assert parameters["Support"] == SUPPORT
    assert parameters["Sender"] == "desk@staging.desk.example.com"
    assert "(example)" not in parameters["SupplierLegal"]


@pytest.mark.parametrize(
    ("scheme", "accent", "too_near"), [("light", "#5b3a9e", "#a98ee0"), ("dark", "#c3adf5", "#5f4a92")]
)
def test_colours_that_cannot_be_read_are_refused(
    another: Path, project: Path, scheme: str, accent: str, too_near: str
) -> None:
    change(another, accent, too_near)
    brand.brand.cache_clear()
    with pytest.raises(BuildFailed, match=rf"{scheme}: accent on paper has a contrast of 2\.\d+, less than 4\.5"):
        build(project)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('accent = "#5b3a9e"', 'accent = "violet"', "light.accent: 'violet' is not a colour as #0b6350 is"),
        ('accent = "#5b3a9e"', 'accent = "#5b3"', "light.accent: '#5b3' is not a colour"),
        ('accent = "#5b3a9e"\n', "", "light.accent: Field required"),
        ('accent = "#5b3a9e"', "accent = 5b3a9e", "is no TOML: .*line"),
        ("M5 29V5h22v24z", "M0 0h120v32H0z", r"mark.frame: it leaves the ground of 32 by 32.* \(it spans 0 0 120 32\)"),
        ("M5 29V5h22v24z", "a square", "mark.frame: it is no path of SVG"),
        (f'"{COMPANY}"', '"Durand, Calculs"', "company.name: 'Durand, Calculs' is not a name without a comma"),
        (", 75002 Paris, France", "", "company.address: .*is not «street, postcode"),
        (SUPPORT, "aide", "company.support: not an e-mail address"),
        ('sender = "desk"', f'sender = "{SUPPORT}"', "company.sender: .*before the @"),
        ("[mark]", "[marks]", "mark: Field required"),
    ],
)
def test_what_is_no_brand_is_refused_in_words(another: Path, project: Path, old: str, new: str, fault: str) -> None:
    change(another, old, new)
    brand.brand.cache_clear()
    with pytest.raises(BuildFailed, match=fault):
        build(project)


def test_a_name_is_only_a_name(another: Path, project: Path) -> None:
    change(another, f'"{NAME}"', "'Müller & Söhne <Statik> \"Süd\"'")
    brand.brand.cache_clear()
    build(project)
    page = (project / "build/site/fr/add-user/index.html").read_text("utf-8")
    assert '<meta property="og:site_name" content="Müller &amp; Söhne &lt;Statik&gt; &#34;Süd&#34;">' in page
    assert '<span class="brand__name">Müller &amp; Söhne &lt;Statik&gt; &#34;Süd&#34;</span>' in page
    lost = (project / "build/site/404.html").read_text("utf-8")
    assert "Müller &amp; Söhne &lt;Statik&gt;" in lost


def test_contrast_is_that_of_wcag() -> None:
    assert colours.contrast("#ffffff", "#000000") == pytest.approx(21)
    # The grey that just passes on white.
    assert colours.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert colours.contrast("#0b6350", "#0b6350") == 1


def test_no_colour_of_the_house_stands_anywhere_else() -> None:
    for place in ("theme/styles", "functions/workers", "functions/contracts", "theme/templates"):
        for file in (ROOT / place).rglob("*"):
            if file.suffix in (".css", ".html", ".typ", ".svg"):
                found = set(HEXADECIMAL.findall(file.read_text("utf-8")))
                assert not found & {*brand.brand().light.values(), *brand.brand().dark.values()} - {"#ffffff"}, file
