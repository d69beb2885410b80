"""Words a contract, for the file and for the page that shows it, and its amendments."""

from typing import Any

from functions.contracts.document import EVIDENCE_FILE, READ_FILE, Amendment, Contract, Evidence, OrderEvidence
from functions.shared.clock import day
from functions.shared.money import price
from functions.shared.terms import sha256, terms
from functions.shared.texts import Texts, isolated
from functions.subscriptions.catalogue import edition_name


def words(contract: Contract, evidence: Evidence | None = None) -> dict[str, Any]:
    """Everything that is set, in the contract's language; with the evidence, as signed."""
    texts = Texts(contract.language)
    between = _between(contract, contract.administrator, texts)
    number = texts("contract.number", number=contract.number)
    seats = texts("contract.seats", count=contract.seats)
    unit = price(contract.unit_price, contract.language)
    total = price(contract.unit_price * contract.seats, contract.language)
    paid = price(contract.paid, contract.language)
    dates = {"start": contract.start, "end": contract.end}
    title, *articles = terms(contract.terms_version, contract.language).strip().split("\n## ")
    edition = edition_name(contract.edition, contract.language)
    licence = texts(f"contract.licences.{contract.licence}")

    def section(name: str, *paragraphs: str, **more: Any) -> dict[str, Any]:
        return {"heading": texts(f"contract.{name}.heading"), "paragraphs": paragraphs, **more}

    return {
        **between,
        "title": texts("contract.title"),
        "summary": texts("contract.summary", product=f"{contract.product} {edition}", seats_count=seats, **dates),
        "number": number,
        "status": texts("contract.draft") if evidence is None else None,
        "sections": [
            section(
                "subject",
                texts("contract.subject.paragraph"),
                table={
                    "header": texts.entry("contract.subject.columns"),
                    "row": [contract.product, edition, licence, str(contract.seats), unit, total],
                    "note": texts("contract.subject.taxes"),
                },
            ),
            section("term", texts("contract.term.paragraph", **dates)),
            section(
                "price",
                texts(_price(contract), total=total, paid=paid, seats_count=seats, unit=unit),
                texts("contract.price.seats"),
            ),
            section(
                "use",
                texts("contract.use.administrator", administrator=contract.administrator),
                texts(f"contract.use.{contract.licence}", count=contract.seats),
            ),
            section(
                "terms",
                texts("contract.terms.paragraph", version=contract.terms_version),
                hash=sha256(contract.terms_version, contract.language),
            ),
        ],
        "signature": section(
            "signature",
            texts("contract.signature.paragraph"),
            blocks=[
                {
                    "role": texts("contract.parties.supplier"),
                    "name": between["supplier"],
                    "mark": texts("contract.signature.sealed", sealed_on=day(evidence.sealed_at))
                    if evidence
                    else texts("contract.signature.to_be_sealed"),
                },
                {
                    "role": texts("contract.parties.customer"),
                    "name": isolated(contract.company),
                    "mark": texts(
                        "contract.signature.signed", signer=evidence.signer, signed_on=day(evidence.signed_at)
                    )
                    if evidence
                    else texts("contract.signature.awaited"),
                },
            ],
        ),
        "annex": {
            "label": texts("contract.terms.annex", version=contract.terms_version),
            "heading": title.removeprefix("# ").strip(),
            "articles": [
                {"heading": heading, "paragraphs": text.strip().split("\n\n")}
                for heading, _, text in (article.partition("\n") for article in articles)
            ],
        },
        "evidence": _evidence(evidence, texts) if evidence else None,
    }


def amendment_words(amendment: Amendment, evidence: OrderEvidence) -> dict[str, Any]:
    """Everything that is set in an amendment, in the contract's language."""
    texts = Texts(amendment.language)
    facts = {name: getattr(amendment, name) for name in ("seats_before", "seats", "begins", "end", "contract_number")}
    money = {
        name: price(getattr(amendment, name), amendment.language)
        for name in ("unit_price", "amount", "vat", "next_year")
    }
    seats = texts("contract.seats", count=amendment.seats)
    what = texts(f"amendment.change.{amendment.kind}", **facts)
    days = texts("seats.days", count=amendment.days, days_of_year=amendment.days_of_year)
    due = texts(f"amendment.price.{amendment.kind}", **facts, **money, days=days)
    edition = edition_name(amendment.edition, amendment.language)

    def section(name: str, *paragraphs: str, **more: Any) -> dict[str, Any]:
        return {"heading": texts(f"amendment.{name}.heading"), "paragraphs": paragraphs, **more}

    return {
        **_between(amendment, evidence.signer, texts),
        "title": texts("amendment.title", number=amendment.number),
        "summary": what,
        "number": texts("amendment.number", number=amendment.number, contract_number=amendment.contract_number),
        "status": None,
        "sections": [
            section(
                "change",
                texts("amendment.change.paragraph", contract_number=amendment.contract_number),
                table={
                    "header": texts.entry("amendment.change.columns"),
                    "row": [
                        amendment.product,
                        edition,
                        texts(f"contract.licences.{amendment.licence}"),
                        str(amendment.seats_before),
                        str(amendment.seats),
                        texts("amendment.change.day", begins=amendment.begins),
                    ],
                    "note": texts(f"amendment.change.notes.{amendment.licence}"),
                },
            ),
            section("price", due, texts("amendment.price.next_year", seats_count=seats, end=amendment.end, **money)),
            section("rest", texts("amendment.rest.paragraph", contract_number=amendment.contract_number)),
            section(
                "order",
                texts(
                    "amendment.order.paragraph",
                    signer=evidence.signer,
                    signed_at=evidence.signed_at,
                    order=evidence.order,
                    consent=evidence.consent,
                ),
                texts("amendment.order.sealed", sealed_on=day(evidence.sealed_at)),
            ),
        ],
        "evidence": _order_evidence(evidence, texts),
    }


def _between(document: Contract | Amendment, signer: str, texts: Texts) -> dict[str, Any]:
    """Between whom it is, and what stands on each page."""
    supplier, *address = (part.strip() for part in document.supplier.split(","))
    return {
        "language": document.language,
        "region": texts.region,
        "page": texts.entry("contract.page"),
        "supplier": supplier,
        "parties": {
            "heading": texts("contract.parties.heading"),
            "blocks": [
                {"role": texts("contract.parties.supplier"), "name": supplier, "lines": address},
                {
                    "role": texts("contract.parties.customer"),
                    "name": isolated(document.company),
                    "lines": [texts("contract.parties.represented"), signer],
                },
            ],
        },
    }


def _order_evidence(evidence: OrderEvidence, texts: Texts) -> dict[str, Any]:
    recorded = {
        "account": evidence.signer,
        "ordered_at": texts("contract.evidence.moment", moment=evidence.signed_at),
        "order": evidence.order,
        "ip": evidence.ip,
        "consent": evidence.consent,
        "terms": evidence.terms_version,
        "sealed_at": texts("contract.evidence.moment", moment=evidence.sealed_at),
    }
    return {
        "heading": texts("amendment.evidence.heading"),
        "paragraph": texts("amendment.evidence.paragraph", data=EVIDENCE_FILE),
        "columns": texts.entry("contract.evidence.columns"),
        "rows": [[texts(f"amendment.evidence.rows.{name}"), fact] for name, fact in recorded.items()],
        "seal": texts("contract.evidence.seal"),
        "data": {"name": EVIDENCE_FILE, "description": texts("amendment.evidence.data_file")},
    }


def _evidence(evidence: Evidence, texts: Texts) -> dict[str, Any]:
    recorded = {
        "signer": isolated(evidence.signer),
        "account": evidence.account,
        "code": texts("contract.evidence.code_sent", code_sent_to=evidence.code_sent_to),
        "signed_at": texts("contract.evidence.moment", moment=evidence.signed_at),
        "ip": evidence.ip,
        "read_sha256": evidence.read_sha256,
        "consent": evidence.consent,
        "terms": texts(
            "contract.evidence.terms_accepted", version=evidence.terms_version, accepted_at=evidence.terms_accepted_at
        ),
        "terms_sha256": evidence.terms_sha256,
        "sealed_at": texts("contract.evidence.moment", moment=evidence.sealed_at),
    }
    return {
        "heading": texts("contract.evidence.heading"),
        "paragraph": texts("contract.evidence.paragraph", attachment=READ_FILE, data=EVIDENCE_FILE),
        "columns": texts.entry("contract.evidence.columns"),
        "rows": [[texts(f"contract.evidence.rows.{name}"), fact] for name, fact in recorded.items()],
        "seal": texts("contract.evidence.seal"),
        "read": {"name": READ_FILE, "description": texts("contract.evidence.read_file")},
        "data": {"name": EVIDENCE_FILE, "description": texts("contract.evidence.data_file")},
    }


def _price(contract: Contract) -> str:
    """Where the price is worded: what consumers pay stands first; what costs nothing has no VAT."""
    if not contract.paid:
        return "contract.price.paragraph"
    return f"contract.price.{'consumer' if contract.is_consumer else 'with_vat'}"
