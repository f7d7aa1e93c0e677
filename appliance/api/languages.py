"""The language that an asker is answered in: what the request asks for (RFC 9110 12.5.4), else the operator's own."""

from __future__ import annotations

from appliance import i18n

MOST = 20


def wanted(header: str | None, own: str = "") -> str:
    """The code of the catalogue to speak from. A header that asks for no language of ours counts as none."""
    for tag in _by_quality(header or ""):
        if tag == "*":
            break
        code = i18n.known(tag)
        if code != i18n.FALLBACK or tag.lower().startswith(i18n.FALLBACK):
            return code
    return i18n.known(own) if own else i18n.FALLBACK


def _by_quality(header: str) -> list[str]:
    """The tags of the header, the most wanted first; those with quality 0 are left out."""
    found: list[tuple[float, str]] = []
    for part in header.split(",")[:MOST]:
        tag, _sign, more = part.strip().partition(";")
        try:
            quality = float(more.strip().removeprefix("q=")) if more.strip() else 1.0
        except ValueError:
            quality = 0.0
        if tag.strip() and quality > 0:
            found.append((-quality, tag.strip()))
    return [tag for _quality, tag in sorted(found, key=lambda each: each[0])]
