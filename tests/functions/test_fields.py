"""The field types: one address is one person however it is written, and control characters get in nowhere."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.shared.fields import Comment, EmailAddress, Line, OneTimeCode, Password, RequestModel, Siren
from functions.shared.refusal import Invalid
from functions.shared.validation import validated


class Everything(RequestModel):
    """One field of each type."""

    siren: Siren = "552100554"

    email: EmailAddress = "a@example.com"
    line: Line = "-"
    comment: Comment = ""
    code: OneTimeCode = "-"
    password: Password = "-"  # type: ignore[assignment]  # strict only where it is validated


def _read(field: str, value: Any) -> tuple[Any, list[str]]:
    """What is taken of a value, or the codes that refuse it."""
    errors = Invalid()
    model = validated(Everything, {field: value}, errors)
    assert {name for name, _, _ in errors.errors} <= {field}
    return getattr(model, field, None), [code for _, code, _ in errors.errors]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("new.user@example.com", "new.user@example.com"),
        ("  New.User@Example.COM ", "new.user@example.com"),
        ("\u00a0a@example.com\u2003", "a@example.com"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@bu\u0308cher.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a@XN--BCHER-KVA.EXAMPLE", "a@xn--bcher-kva.example"),
        ("a@ｅｘａｍｐｌｅ.com", "a@example.com"),
        ("a@例え.example", "a@xn--r8jz45g.example"),
        # U+212A, the Kelvin sign, is K in NFC.
        ("\u212a@example.com", "k@example.com"),
        ("o'brien+desk@example.com", "o'brien+desk@example.com"),
        ("a/b@example.com", "a/b@example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        # As it is pasted from an e-mail, a list, a link, a page.
        ("Given Family <a@example.com>", "a@example.com"),
        ('"Family, Given" <A@Example.com>', "a@example.com"),
        ("FAMILY, Given <a@example.com>;", "a@example.com"),
        ("a@example.com <a@example.com>", "a@example.com"),
        ("李雷 <a@bücher.example>", "a@xn--bcher-kva.example"),
        ("<a@example.com>", "a@example.com"),
        ("mailto:a%2Bdesk@example.com?subject=Hello", "a+desk@example.com"),
        ("MAILTO:a@example.com", "a@example.com"),
        ("<mailto:a@example.com>", "a@example.com"),
        ("“a@example.com”", "a@example.com"),
        ("«\u00a0a@example.com\u00a0»", "a@example.com"),
        ("'a@example.com'", "a@example.com"),
        ("(a@example.com),", "a@example.com"),
        ("[a@example.com]", "a@example.com"),
        ("ａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "a@example.com"),
        ("\ufeffa@example.com", "a@example.com"),
        ("a\u200b@exam\u00adple.com\u200d", "a@example.com"),
        ("\u2060a@example.com\u202f", "a@example.com"),
    ],
)
def test_an_address_is_one_person_however_it_is_written(written: str, kept: str) -> None:
    assert _read("email", written) == (kept, [])


@pytest.mark.parametrize(
    "written",
    [
        "nobody",
        "@example.com",
        "a@",
        "a@b",
        "a@b..com",
        "a@example.com.",
        "a b@example.com",
        "a@exa mple.com",
        "a@@example.com",
        "a@localhost",
        "a@[127.0.0.1]",
        '"a b"@example.com',
        "a@example.com, b@example.com",
        "a@xn--a.example",
        "a@" + "b" * 64 + ".com",
        "a" * 65 + "@example.com",
        "a@" + "ü" * 60 + ".example",
        # A local part outside ASCII, composed or not; letters that look like others; what nobody sees.
        "é@example.com",
        "e\u0301@example.com",
        "аdmin@example.com",
        "ß@example.com",
        "\u0130@example.com",
        "😀@example.com",
        # More than one address, or one beside another.
        "other@example.org <a@example.com>",
        "<a@example.com> <b@example.com>",
        "mailto:a@example.com,b@example.com",
        "mailto:%C3%A9@example.com",
        "Name a@example.com",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    assert _read("email", written) == (None, ["invalid_email"])


@pytest.mark.parametrize("field", Everything.model_fields)
@pytest.mark.parametrize(
    "character",
    ["\0", "\x01", "\x07", "\x1b", "\x7f", "\x85", "\x9f", "\r", "\u202a", "\u202e", "\u2066", "\u2069", "\ud800"],
)
@pytest.mark.parametrize("where", ["{}a@example.com", "a{}b@example.com", "a@example.com{}"])
def test_control_characters_are_refused_in_every_text_field(field: str, character: str, where: str) -> None:
    assert _read(field, where.format(character)) == (None, ["control_character"])


@pytest.mark.parametrize("field", ["email", "line", "code", "password"])
@pytest.mark.parametrize("character", ["\n", "\t"])
def test_only_a_comment_has_lines(field: str, character: str) -> None:
    assert _read(field, f"a{character}b") == (None, ["control_character"])
    assert _read("comment", f"a{character}b") == (f"a{character}b", [])


def test_lines_end_alike() -> None:
    assert _read("comment", " one\r\ntwo\u2028three \r\n") == ("one\ntwo\nthree", [])


@pytest.mark.parametrize("field", Everything.model_fields)
@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], ["a@example.com"], {"a": "b"}])
def test_only_text_is_text(field: str, value: Any) -> None:
    assert _read(field, value) == (None, ["not_text"])


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("line", "", "required"),
        ("line", " \u2003 ", "required"),
        ("line", "x" * 121, "too_long"),
        ("comment", "x" * 2001, "too_long"),
        ("email", "", "required"),
        ("email", "x" * 255, "too_long"),
        ("password", "", "required"),
        ("password", "x" * 257, "too_long"),
        ("code", "   ", "required"),
        ("code", "1" * 21, "too_long"),
    ],
)
def test_lengths(field: str, value: str, code: str) -> None:
    assert _read(field, value) == (None, [code])


@pytest.mark.parametrize(
    "written",
    [
        " 123 456\u00a0",
        "123-456",
        "123\u2011456",
        "123–456.",
        "１２３ ４５６",
        "١٢٣٤٥٦",
        "१२३ ४५६",
        "123\u202f456",
        "123\u2009456",
        "123\u200b456",
        "\ufeff123456",
        "«\u00a0123456\u00a0»",
        '"123456"',
        "(123·456)",
        "12 34 56",
    ],
)
def test_a_code_is_read_however_it_is_written(written: str) -> None:
    assert _read("code", written) == ("123456", [])


@pytest.mark.parametrize("written", ["1234567", "12345", "O23456", "12345²"])
def test_what_are_other_digits_stay_others(written: str) -> None:
    assert _read("code", written)[0] not in (None, "123456", "023456", "123452")


# The digits of six scripts, and what people and programs set digits apart with.
_DIGITS = [[chr(start + number) for number in range(10)] for start in (0x30, 0x660, 0x6F0, 0x966, 0xFF10, 0x1D7CE)]
_APART = st.text(st.sampled_from(" -–\u00a0\u202f\u2009\u200b\u2060\ufeff.·"), max_size=2)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(_DIGITS), _APART), min_size=1, max_size=10))
def test_the_same_digits_are_the_same_code_in_every_script(drawn: list[tuple[int, list[str], str]]) -> None:
    written = "".join(script[digit] + apart for digit, script, apart in drawn)
    assert _read("code", written) == ("".join(str(digit) for digit, _, _ in drawn), [])


@pytest.mark.parametrize(
    "written",
    [
        "552100554",
        "552 100 554",
        "552\u00a0100\u202f554",
        "552.100.554",
        "552-100-554",
        "５５２１００５５４",
        "SIREN : 552 100 554",
        "N° SIREN 552100554",
        "55210055400013",
        "552 100 554 00013",
        "SIRET\u00a0: 552 100 554 00013",
        "RCS Paris 552 100 554",
        "R.C.S. Boulogne-sur-Mer B 552 100 554",
        "552 100 554 RCS Saint-Étienne",
        "FR96552100554",
        "fr 96 552 100 554",
        "TVA : FR96\u00a0552\u00a0100\u00a0554",
    ],
)
def test_a_siren_is_found_in_what_holds_one(written: str) -> None:
    assert _read("siren", written) == ("552100554", [])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("552100555", "invalid_siren"),
        ("55210055", "invalid_siren"),
        ("5521005540", "invalid_siren"),
        ("Durand 552100554", "invalid_siren"),
        ("552100554 / 552100554", "invalid_siren"),
        ("RCS Paris", "invalid_siren"),
        ("55210055400014", "invalid_siret"),
        ("552 100 555 00013", "invalid_siret"),
        ("FR97552100554", "invalid_french_vat_number"),
        ("FR96552100555", "invalid_french_vat_number"),
    ],
)
def test_what_holds_no_siren_is_called_what_it_is(written: str, code: str) -> None:
    assert _read("siren", written) == (None, [code])


def test_a_password_keeps_its_spaces_and_shows_itself_to_nobody() -> None:
    password, codes = _read("password", "  cafe\u0301  ")
    assert codes == []
    assert password.get_secret_value() == "  café  "
    assert "caf" not in f"{password!r} {password}"


# The first address pays for an import.
@settings(deadline=None)
@given(st.emails())
def test_the_normal_form_of_a_normal_form_is_itself(address: str) -> None:
    kept, codes = _read("email", address)
    assert bool(codes) == (kept is None)
    if kept is not None:
        assert _read("email", kept) == (kept, [])
        assert _read("email", f" {address.upper()} ")[0] == kept
        assert kept.isascii()
        assert kept == kept.strip().casefold()


@given(st.text())
@example("a\u2028b")
def test_a_line_is_taken_the_same_again(text: str) -> None:
    kept, _ = _read("line", text)
    if kept is not None:
        assert _read("line", kept) == (kept, [])
        assert len(kept.splitlines()) == 1


@given(st.text())
def test_no_text_is_more_than_a_field_can_take(text: str) -> None:
    for field in Everything.model_fields:
        value, codes = _read(field, text)
        assert (value is None) == bool(codes)


INVISIBLE = (
    "\u200b",
    "\u200b \u200c\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u3164",
    "\u115f\u1160",
    "\uffa0",
    "\u2800",
    "\ufe0f",
    "\U000e0100",
    "\U000e0041\U000e007f",
    "\u034f",
    "\u180e",
    "\u180b",
    "\u17b4",
    "\u2063",
    "\u0301",
    "\u00a0\u2003\u3000",
    "\U0001d159",
    "\ufffc",
)


@pytest.mark.parametrize("text", INVISIBLE)
def test_a_text_in_which_nothing_is_seen_is_none(text: str) -> None:
    assert _read("line", text) == (None, ["required"])
    assert _read("comment", text) == ("", [])


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d🔧",
        "❤\ufe0f",
        "co\u00adopérative",
        "한글",
        "ᄒ\u1161",
        "-",
        "№",
        "名前",
        "a\u200b",
    ],
)
def test_what_joins_what_is_seen_stays(text: str) -> None:
    kept, wrong = _read("line", text)
    assert not wrong
    assert [ord(character) for character in kept] == [
        ord(character) for character in unicodedata.normalize("NFC", text)
    ]
