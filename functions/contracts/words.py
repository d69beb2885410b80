"""Words a contract, for the file and for the page that shows it."""

from typing import Any

from functions.contracts.document import EVIDENCE_FILE, READ_FILE, Contract, Evidence
from functions.shared.clock import day
from functions.shared.money import price
from functions.shared.terms import sha256, terms
from functions.shared.texts import Texts, isolated


def words(contract: Contract, evidence: Evidence | None = None) -> dict[str, Any]:
    """Everything that is set, in the contract's language; with the evidence, as signed."""
    texts = Texts(contract.language)
    supplier, *address = (part.strip() for part in contract.supplier.split(","))
    number = texts("contract.number", number=contract.number)
    seats = texts("contract.seats", count=contract.seats)
    unit = price(contract.unit_price, contract.language)
    total = price(contract.unit_price * contract.seats, contract.language)
    paid = price(contract.paid, contract.language)
    dates = {"start": contract.start, "end": contract.end}
    title, *articles = terms(contract.terms_version, contract.language).strip().split("\n## ")
    edition, licence = texts(f"contract.editions.{contract.edition}"), texts(f"contract.licences.{contract.licence}")

    def section(name: str, *paragraphs: str, **more: Any) -> dict[str, Any]:
        return {"heading": texts(f"contract.{name}.heading"), "paragraphs": paragraphs, **more}

    return {
        "language": contract.language,
        "region": {"en": "GB", "fr": "FR"}[contract.language],
        "title": texts("contract.title"),
        "summary": texts("contract.summary", product=f"{contract.product} {edition}", seats_count=seats, **dates),
        "number": number,
        "status": texts("contract.draft") if evidence is None else None,
        "page": texts.entry("contract.page"),
        "supplier": supplier,
        "parties": {
            "heading": texts("contract.parties.heading"),
            "blocks": [
                {"role": texts("contract.parties.supplier"), "name": supplier, "lines": address},
                {
                    "role": texts("contract.parties.customer"),
                    "name": isolated(contract.company),
                    "lines": [texts("contract.parties.represented"), contract.administrator],
                },
            ],
        },
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
            section("price", texts(_price(contract), total=total, paid=paid, seats_count=seats, unit=unit)),
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
                    "name": supplier,
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
