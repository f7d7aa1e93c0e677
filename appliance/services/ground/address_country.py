"""Which country an address belongs to, by what the regional registries gave out. The one file that knows the package behind it.

The table is inside `iptocc`, as of its version; 1.4 MB and 6 ms that only those pay who limit countries. An address may be used in another
country than it was given to: some five in a hundred are.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def country_of_address(host: str) -> str:
    """ISO 3166 code of a literal address, "" where none is known: a private address, a name, a range that nobody has."""
    from iptocc import country_code

    try:
        literal = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    mapped = literal.ipv4_mapped if isinstance(literal, IPv6Address) else None
    return country_code(str(mapped or literal)) or ""
