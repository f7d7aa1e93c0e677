"""Where an emergency caller is, as a document that travels in the INVITE (PIDF-LO: RFC 4119, 5139; RFC 6442 4).

An address that somebody typed is one text: it stands in LOC, the part of a civic address for what has no element of its own.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from appliance.sip.multipart import joined

TYPE = "application/pidf+xml"
_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>\r
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"\r
 xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" entity={entity}>\r
<tuple id="phone"><status><gp:geopriv><gp:location-info><ca:civicAddress>{country}<ca:LOC>{address}</ca:LOC></ca:civicAddress>\
</gp:location-info><gp:usage-rules/><gp:method>Manual</gp:method></gp:geopriv></status></tuple>\r
</presence>\r
"""


def document(entity: str, address: str, country: str = "") -> str:
    """`entity`: a pres URI of the caller; `country`: ISO 3166 in two letters, "" for unknown."""
    kept = "".join(character if character.isprintable() else " " for character in address)
    said = f"<ca:country>{escape(country.upper())}</ca:country>" if country else ""
    return _DOCUMENT.format(entity=quoteattr(entity), country=said, address=escape(" ".join(kept.split())))


def enclosed(headers: list[tuple[str, str]], body: bytes, location: str, name: str) -> tuple[list[tuple[str, str]], bytes]:
    """An INVITE's headers and body with the document in it; `name` makes its Content-ID and the boundary, and is like no other.

    A body that has parts already, or is no description, stays as it is: what a phone says of its own place is its own.
    """
    kind = next((value for key, value in headers if key == "Content-Type"), "")
    if body and kind[:15].lower() != "application/sdp":
        return headers, body
    identity = f"<{name}@tollhouse.invalid>"
    kept = [pair for pair in headers if pair[0] != "Content-Type"]
    kept += [("Geolocation", f"<cid:{identity[1:-1]}>"), ("Geolocation-Routing", "yes")]
    document_ = location.encode()
    if not body:
        return [*kept, ("Content-Type", TYPE), ("Content-ID", identity)], document_
    parts = [((("Content-Type", kind),), body), ((("Content-Type", TYPE), ("Content-ID", identity)), document_)]
    return [*kept, ("Content-Type", f"multipart/mixed;boundary={name}")], joined(parts, name)
