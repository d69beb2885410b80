"""Sets an invoice or a credit note as a Factur-X file: a PDF/A-3 to read, and in it the same as data (EN 16931).

The data is made and checked against its schema by the factur-x package; typst attaches it and sets the file, to whose
metadata what Factur-X asks for is added (Factur-X 1.0, 6.2 and 7.2.2). The same invoice gives the same bytes.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any, Literal, NamedTuple

from functions.contracts.proofreading import proofread
from functions.contracts.render import typeset
from functions.shared import clock
from functions.shared.money import percentage, price
from functions.shared.texts import Texts, isolated
from functions.subscriptions.billing import address, in_threes
from functions.subscriptions.invoice import Invoice, InvoiceLine, siren_of

FILE = "factur-x.xml"
PROFILE = "en16931"
# Lists of codes: ISO 6523 names the SIREN's register; the e-invoicing address of a French firm is its SIREN, that of
# others their e-mail address.
_SIREN, _BY_SIREN, _BY_EMAIL = "0002", "0225", "EM"
# Of UN/ECE recommendation 20: one of something.
_ONE = "C62"
_TYPES = {"invoice": "380", "credit_note": "381"}
# When the VAT on services is due: on payment (code général des impôts, article 269, 2, c).
_ON_PAYMENT = "payment"
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"

type Category = Literal["S", "E", "AE", "K", "O", "G"]


class Taxed(NamedTuple):
    """Under which category of VAT something is billed (UNTDID 5305), its rate, and the code of why none is due."""

    category: Category
    rate: int | None
    code: str | None = None
    wording: str | None = None


def render_invoice(invoice: Invoice) -> bytes:
    """The file. Raises typst.TypstError or Unreadable for what cannot be shown, Exception for data off its schema."""
    at = datetime.combine(date.fromisoformat(invoice.issued_on), time(12), clock.PARIS)
    wording = invoice_words(invoice)
    pdf = typeset(wording, at, "invoice.typ", xml=invoice_xml(invoice).decode())
    proofread(pdf, *(line for party in wording["parties"] for line in (party["name"], *party["lines"])))
    return _with_metadata(pdf)


def invoice_xml(invoice: Invoice) -> bytes:
    """The same as data: Cross Industry Invoice in the profile EN 16931. Raises Exception for data off the schema."""
    # Imported late: confirmations and contracts go without.
    from facturx.generate_xml import generate_cii_xml

    xml: bytes = generate_cii_xml(invoice_data(invoice), level=PROFILE, check_xsd=True, check_schematron=False)
    return xml


def taxed(invoice: Invoice, line: InvoiceLine) -> Taxed:
    """The category of a line, by the reason of the invoice's VAT and whether it is of goods or of services."""
    is_service = line.family != "purchase"
    match invoice.vat["reason"]:
        case "charged":
            return Taxed("S", int(invoice.vat["rate"]))
        case "not_charged":
            return Taxed("E", 0, wording="not_charged")
        case "reverse_charge" if is_service:
            return Taxed("AE", 0, "VATEX-EU-AE", "reverse_charge")
        case "reverse_charge":
            return Taxed("K", 0, "VATEX-EU-IC", "intra_community")
        case _ if not is_service:
            return Taxed("G", 0, "VATEX-EU-G", "export")
    # Where goods share the invoice, no line can be outside the scope of the tax (BR-O-11 to BR-O-14).
    if any(other.family == "purchase" for other in invoice.lines):
        return Taxed("E", 0, wording="outside_scope")
    return Taxed("O", None, "VATEX-EU-O", "outside_scope")


def invoice_data(invoice: Invoice) -> dict[str, Any]:
    """Its business terms by their names in EN 16931."""
    texts = Texts(invoice.language)
    net, vat = invoice.total, int(invoice.vat["amount"])
    is_note = invoice.kind == "credit_note"
    is_out_of_scope = any(taxed(invoice, line).category == "O" for line in invoice.lines)
    used = [(line.begins, line.until) for line in invoice.lines if line.begins and line.until]
    data: dict[str, Any] = {
        "BT-1": invoice.number,
        "BT-2": date.fromisoformat(invoice.issued_on),
        "BT-3": _TYPES[invoice.kind],
        "BT-5": "EUR",
        "BT-14": invoice.order,
        "BT-20": " ".join(_terms(invoice, texts)),
        "BT-23": {("purchase",): "B1", ("fleet", "purchase"): "M1"}.get(_families(invoice), "S1"),
        "BG-1": [{"BT-21": code, "BT-22": said} for code, said in _notes(invoice, texts)],
        "BG-4": {"legal_info": invoice.seller["legal"], **_party(invoice.seller, "", is_out_of_scope)},
        "BG-7": _party(invoice.buyer, invoice.by, is_out_of_scope),
        "BG-13": _place(invoice.delivery or invoice.buyer),
        "BT-106": _euros(net),
        "BT-109": _euros(net),
        "BT-110": _euros(vat),
        "BT-112": _euros(net + vat),
        "BT-115": _euros(net + vat),
        "BG-23": list(_breakdown(invoice, texts)),
        "BG-25": [_line(invoice, line, number) for number, line in enumerate(invoice.lines, 1)],
    }
    if invoice.contract:
        data["BT-12"] = invoice.contract
    if invoice.reference:
        data["BT-13"] = invoice.reference
    if used:
        data |= {"BT-73": min(begins for begins, _ in used), "BT-74": max(until for _, until in used)}
    if "purchase" in _families(invoice):
        data["BT-72"] = date.fromisoformat(invoice.ordered_on)
    if invoice.vat["reason"] == "charged" and "purchase" not in _families(invoice):
        data["BT-8"] = _ON_PAYMENT
    if is_note:
        credited = invoice.credits
        data["BG-3"] = [{"BT-25": credited["number"], "BT-26": date.fromisoformat(credited["issued_on"])}]
    else:
        data["BT-9"] = invoice.due_on
    return data


def _families(invoice: Invoice) -> tuple[str, ...]:
    return tuple(sorted({line.family for line in invoice.lines}))


def _party(party: Mapping[str, str], email: str, is_out_of_scope: bool) -> dict[str, Any]:
    said: dict[str, Any] = _place(party)
    if siren := siren_of(party):
        said |= {
            "legal_identifier": siren,
            "legal_identifier_schemeid": _SIREN,
            "einvoicing_addr": siren,
            "einvoicing_addr_schemeid": _BY_SIREN,
        }
    elif email:
        said |= {"einvoicing_addr": email, "einvoicing_addr_schemeid": _BY_EMAIL}
    # Outside the scope of the tax neither's stands there (BR-O-02); the page has both.
    if "vat_number" in party and not is_out_of_scope:
        said["vat_identifier"] = party["vat_number"]
    return said


def _place(party: Mapping[str, str]) -> dict[str, Any]:
    names = {"street": "addr_l1", "postcode": "postcode", "city": "city", "country": "country_code"}
    return {"name": party["company"]} | {said: party[name] for name, said in names.items() if party.get(name)}


def _breakdown(invoice: Invoice, texts: Texts) -> Iterator[dict[str, Any]]:
    """Each category with what is taxed under it; all the VAT there is stands under one."""
    sums: dict[Taxed, int] = {}
    for line in invoice.lines:
        category = taxed(invoice, line)
        sums[category] = sums.get(category, 0) + line.amount
    for category, net in sums.items():
        yield {
            "BT-116": _euros(net),
            "BT-117": _euros(int(invoice.vat["amount"])),
            "BT-118": category.category,
            **({} if category.rate is None else {"BT-119": _euros(category.rate)}),
            **({"BT-120": texts(f"invoices.vat.{category.wording}")} if category.wording else {}),
            **({"BT-121": category.code} if category.code else {}),
        }


def _line(invoice: Invoice, line: InvoiceLine, number: int) -> dict[str, Any]:
    category = taxed(invoice, line)
    # Of seats for a part of the year, what one comes to for that part.
    each = (Decimal(line.amount) / line.quantity / 100).quantize(Decimal("0.0001"))
    return {
        "BT-126": str(number),
        "BT-129": str(line.quantity),
        "BT-130": _ONE,
        "BT-131": _euros(line.amount),
        "BT-146": f"{each:.4f}" if line.days else _euros(line.unit_price),
        "BT-151": category.category,
        **({} if category.rate is None else {"BT-152": _euros(category.rate)}),
        "BT-153": line.name,
        **({"BT-134": line.begins, "BT-135": line.until} if line.begins and line.until else {}),
    }


def _euros(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


def _terms(invoice: Invoice, texts: Texts) -> list[str]:
    if invoice.kind == "credit_note":
        return [texts("invoices.terms.paid_back")]
    return [texts("invoices.terms.due", due_on=invoice.due_on)]


def _notes(invoice: Invoice, texts: Texts) -> list[tuple[str, str]]:
    """What the law wants said (code de commerce, articles L441-9 and L441-10), by the code of its subject."""
    return [(code, texts(f"invoices.notes.{code}")) for code in ("PMD", "PMT", "AAB")]


def invoice_words(invoice: Invoice) -> dict[str, Any]:
    """Everything that is set, in the language of the invoice."""
    texts, language = Texts(invoice.language), invoice.language
    kind = invoice.kind
    issued_on, ordered_on = date.fromisoformat(invoice.issued_on), date.fromisoformat(invoice.ordered_on)
    families = "_".join(_families(invoice))
    operation = {"purchase": "goods", "fleet_purchase": "both"}.get(families, "services")
    reasons = {taxed(invoice, line).wording for line in invoice.lines} - {None}
    vat = texts(
        "orders.vat.charged" if invoice.vat["reason"] == "charged" else "invoices.no_vat",
        rate=percentage(int(invoice.vat["rate"]), language),
    )
    about = [
        [texts("invoices.rows.issued_on"), texts("invoices.day", day=issued_on)],
        *(
            []
            if kind == "credit_note"
            else [[texts("invoices.rows.due_on"), texts("invoices.day", day=invoice.due_on)]]
        ),
        *([[texts("invoices.rows.credited"), _credited(invoice, texts)]] if invoice.credits else []),
        [texts("invoices.rows.order"), texts("invoices.order", order=invoice.order, ordered_on=ordered_on)],
        *_renewed(invoice, texts),
        *([[texts("invoices.rows.reference"), isolated(invoice.reference)]] if invoice.reference else []),
        [texts("invoices.rows.operation"), texts(f"invoices.operation.{operation}")],
    ]
    return {
        "language": language,
        "region": texts.region,
        "title": texts(f"invoices.title.{kind}"),
        "summary": texts(
            f"invoices.summary.{kind}",
            total_with_vat=price(invoice.total_with_vat, language),
            due_on=invoice.due_on,
        ),
        "number": texts(f"invoices.number.{kind}", number=invoice.number),
        "status": texts("invoices.day", day=issued_on),
        "page": texts.entry("contract.page"),
        "supplier": invoice.seller["company"],
        "parties": [
            {"role": texts(f"invoices.parties.{role}"), "name": name, "lines": lines}
            for role, (name, lines) in _parties(invoice, texts)
        ],
        "about": {"heading": texts("invoices.about"), "columns": texts.entry("invoices.about_columns"), "rows": about},
        "lines": {
            "heading": texts(f"invoices.lines.{kind}"),
            "columns": texts.entry("invoices.columns"),
            "rows": [_row(line, texts) for line in invoice.lines],
        },
        "totals": [
            [texts("orders.check.total"), price(invoice.total, language)],
            [vat, price(int(invoice.vat["amount"]), language)],
        ],
        "to_pay": [texts(f"invoices.to_pay.{kind}"), price(invoice.total_with_vat, language)],
        "paragraphs": [*(texts(f"invoices.vat.{reason}") for reason in sorted(filter(None, reasons)))],
        "terms": {
            "heading": texts("invoices.payment"),
            "paragraphs": [*_terms(invoice, texts), *([] if kind == "credit_note" else _said(invoice, texts))],
        },
        "data": {"name": FILE, "description": texts("invoices.data", number=invoice.number)},
    }


def _renewed(invoice: Invoice, texts: Texts) -> list[list[str]]:
    """The contract that an invoice is for another year of."""
    if invoice.contract is None:
        return []
    return [[texts("invoices.rows.contract"), texts("invoices.contract", contract=invoice.contract)]]


def _credited(invoice: Invoice, texts: Texts) -> str:
    """The invoice that a credit note is for, by its number and day."""
    number, issued_on = invoice.credits["number"], date.fromisoformat(invoice.credits["issued_on"])
    return texts("invoices.credited", number=number, issued_on=issued_on)


def _said(invoice: Invoice, texts: Texts) -> list[str]:
    # What is owed for paying late is a business's to pay: a consumer reads nothing of it.
    notes = dict(_notes(invoice, texts))
    return [notes["AAB"]] if invoice.is_consumer else [notes["PMD"], notes["PMT"], notes["AAB"]]


def _parties(invoice: Invoice, texts: Texts) -> Iterator[tuple[str, tuple[str, list[str]]]]:
    for role, party in (("seller", invoice.seller), ("buyer", invoice.buyer)):
        name, *lines = map(isolated, address(party, invoice.language).split("\n"))
        # The last line is the VAT number, which is named here.
        where = lines[:-1] if "vat_number" in party else lines
        siren = siren_of(party)
        known = [
            *([party["legal"]] if "legal" in party else []),
            *([texts("invoices.siren", siren=in_threes(siren))] if siren else []),
            *([texts("invoices.vat_number", vat_number=party["vat_number"])] if "vat_number" in party else []),
        ]
        yield role, (name, [*where, *known])
    if invoice.delivery:
        name, *lines = map(isolated, address(invoice.delivery, invoice.language).split("\n"))
        yield "delivery", (name, lines)


def _row(line: InvoiceLine, texts: Texts) -> list[str]:
    name = line.name
    if line.begins and line.until:
        begins, until = (date.fromisoformat(day) for day in (line.begins, line.until))
        days = [texts("seats.days", count=line.days, days_of_year=line.days_of_year)] if line.days else []
        name = ", ".join([f"{name}\n{texts('invoices.period', begins=begins, until=until)}", *days])
    amounts = (price(cents, texts.language) for cents in (line.unit_price, line.amount))
    return [name, str(line.quantity), *amounts]


def _with_metadata(pdf: bytes) -> bytes:
    """The file with what Factur-X says of itself in its metadata, which stays what it was beside that."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import DecodedStreamObject, NameObject

    read = PdfReader(BytesIO(pdf))
    writer = PdfWriter(clone_from=read)
    writer.pdf_header = read.pdf_header
    former: Any = writer.root_object["/Metadata"].get_object()
    packet = former.get_data().decode()
    stream = DecodedStreamObject()
    stream.set_data(_described(packet).encode())
    stream.update({NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")})
    writer.root_object[NameObject("/Metadata")] = writer._add_object(stream)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _property(name: str, description: str) -> str:
    return (
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"
    )


_PROPERTIES = "".join(
    _property(name, description)
    for name, description in (
        ("DocumentFileName", "The name of the embedded XML document"),
        ("DocumentType", "The type of the hybrid document in capital letters"),
        ("Version", "The actual version of the standard applying to the embedded XML document"),
        ("ConformanceLevel", "The conformance level of the embedded XML document"),
    )
)
_SCHEMA = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    f"<pdfaSchema:property><rdf:Seq>{_PROPERTIES}</rdf:Seq></pdfaSchema:property></rdf:li>"
)
_SAID = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}"><fx:DocumentType>INVOICE</fx:DocumentType>'
    f"<fx:DocumentFileName>{FILE}</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
    "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"
)


def _described(packet: str) -> str:
    """The metadata with what Factur-X says of the file, and the schema of that among those of typst's own."""
    schemas, end = "</rdf:Bag></pdfaExtension:schemas>", "</rdf:RDF>"
    if packet.count(schemas) != 1 or packet.count(end) != 1:
        raise ValueError("typst writes its metadata in another way")
    return packet.replace(schemas, _SCHEMA + schemas).replace(end, _SAID + end)
