"""Money: whole euro cents, rounded once, and written as each language does."""

from decimal import Decimal

from functions.shared.texts import Language, Texts


def rounded(numerator: int, denominator: int) -> int:
    """A fraction of cents as whole ones, half a cent up."""
    return (2 * numerator + denominator) // (2 * denominator)


def price(cents: int, language: Language) -> str:
    """An amount in euros as the language writes it."""
    # Imported late, as below: most requests word no amount.
    from babel.numbers import format_currency

    return format_currency(Decimal(cents) / 100, "EUR", locale=Texts(language).locale)


def priced(texts: Texts, what: str, net: int, with_vat: int, *, is_consumer: bool) -> str:
    """What something costs, in the wording of `what` that its buyer reads: a consumer's has VAT first."""
    amounts = {"price": price(net, texts.language), "with_vat": price(with_vat, texts.language)}
    return texts(f"catalogue.{'consumer' if is_consumer else 'others'}.{what}", **amounts)


def percentage(hundredths: int, language: Language) -> str:
    """A rate in hundredths of a percent as the language writes it."""
    from babel.numbers import format_percent

    texts = Texts(language)
    return format_percent(hundredths / 10_000, texts.entry("language.percentage"), locale=texts.locale)
