"""The invoice as data inside its PDF: Factur-X (ZUGFeRD) 1.0 in its profile EN 16931, a Cross Industry Invoice of UN/CEFACT D16B.

Written with the standard library alone; put into the PDF as PDF/A-3 wants it (ISO 19005-3): file, relation, metadata and the colours
that are meant. Loaded by the child that draws, never by the server.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from functools import cache
from xml.etree import ElementTree as Tree
from xml.sax.saxutils import escape

from appliance.documents.invoice import Invoice, InvoiceLine, duration, line_text
from appliance.documents.lettering import visual
from appliance.money import currency_decimals, format_amount
from appliance.words import Words

GUIDELINE = "urn:cen.eu:en16931:2017"
FILE = "factur-x.xml"
_SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
_INVOICE, _CREDIT_NOTE = "380", "381"


class _Node:
    """Writes elements one after the other: `node.put("ram:ID", "7")`, `node.under("ram:Seller…")`."""

    def __init__(self, element: Tree.Element) -> None:
        self.element = element

    def under(self, name: str) -> _Node:
        return _Node(Tree.SubElement(self.element, _named(name)))

    def put(self, name: str, text: str, **attributes: str) -> None:
        """Nothing is written where the text is empty."""
        if text:
            Tree.SubElement(self.element, _named(name), attributes).text = text

    def moment(self, name: str, on: date) -> None:
        self.under(name).put("udt:DateTimeString", f"{on:%Y%m%d}", format="102")


def _named(name: str) -> str:
    space, _, local = name.partition(":")
    return f"{{{_SPACES[space]}}}{local}"


def xml(invoice: Invoice, words: Words) -> bytes:
    """The data of the document; amounts of a credit note are above zero, as its type says what they mean."""
    for prefix, space in _SPACES.items():
        Tree.register_namespace(prefix, space)
    root = _Node(Tree.Element(_named("rsm:CrossIndustryInvoice")))
    root.under("rsm:ExchangedDocumentContext").under("ram:GuidelineSpecifiedDocumentContextParameter").put("ram:ID", GUIDELINE)
    head = root.under("rsm:ExchangedDocument")
    head.put("ram:ID", invoice.number)
    head.put("ram:TypeCode", _CREDIT_NOTE if invoice.kind == "credit_note" else _INVOICE)
    head.moment("ram:IssueDateTime", _day(invoice.issued_at))
    for note in (invoice.reason, invoice.note, invoice.registration):
        if note:
            head.under("ram:IncludedNote").put("ram:Content", note)
    trade = root.under("rsm:SupplyChainTradeTransaction")
    sign = -1 if invoice.kind == "credit_note" and not invoice.corrects else 1
    for number, line in enumerate(invoice.lines, 1):
        _line(trade, invoice, words, number, line, sign)
    _agreement(trade, invoice)
    delivery = trade.under("ram:ApplicableHeaderTradeDelivery")
    delivery.under("ram:ActualDeliverySupplyChainEvent").moment("ram:OccurrenceDateTime", _day(invoice.until_at - 1))
    _settlement(trade, invoice, sign)
    return bytes(Tree.tostring(root.element, "utf-8", xml_declaration=True))


def _day(at: int) -> date:
    return datetime.fromtimestamp(at / 1000, UTC).date()


def _amount(micros: int, currency: str) -> str:
    return format_amount(micros, currency_decimals(currency))


def _line(trade: _Node, invoice: Invoice, words: Words, number: int, line: InvoiceLine, sign: int) -> None:
    item = trade.under("ram:IncludedSupplyChainTradeLineItem")
    item.under("ram:AssociatedDocumentLineDocument").put("ram:LineID", str(number))
    product = item.under("ram:SpecifiedTradeProduct")
    product.put("ram:Name", line_text(line, words) or "-")
    if line.kind == "calls":
        product.put("ram:Description", words.plural("{n} call, {time}", "{n} calls, {time}", line.pieces, time=duration(line.seconds)))
    amount = sign * line.amount_micros
    price = item.under("ram:SpecifiedLineTradeAgreement").under("ram:NetPriceProductTradePrice")
    price.put("ram:ChargeAmount", _amount(abs(amount), invoice.currency))
    item.under("ram:SpecifiedLineTradeDelivery").put("ram:BilledQuantity", "-1" if amount < 0 else "1", unitCode="C62")
    settled = item.under("ram:SpecifiedLineTradeSettlement")
    tax = settled.under("ram:ApplicableTradeTax")
    row = invoice.taxes[0] if invoice.taxes else None
    tax.put("ram:TypeCode", "VAT")
    tax.put("ram:CategoryCode", "O" if row is None else row.category)
    if row is not None and row.category != "O":
        tax.put("ram:RateApplicablePercent", format_amount(row.percent_ppm * 100, 2))
    settled.under("ram:SpecifiedTradeSettlementLineMonetarySummation").put("ram:LineTotalAmount", _amount(amount, invoice.currency))


def _agreement(trade: _Node, invoice: Invoice) -> None:
    agreement = trade.under("ram:ApplicableHeaderTradeAgreement")
    seller, sender = agreement.under("ram:SellerTradeParty"), invoice.sender
    seller.put("ram:Name", sender.name or "-")
    if sender.email or sender.phone:
        contact = seller.under("ram:DefinedTradeContact")
        contact.put("ram:PersonName", sender.name)
        if sender.phone:
            contact.under("ram:TelephoneUniversalCommunication").put("ram:CompleteNumber", sender.phone)
        if sender.email:
            contact.under("ram:EmailURIUniversalCommunication").put("ram:URIID", sender.email)
    _address(seller, sender.address, invoice.seller_country)
    if sender.vat_number:
        seller.under("ram:SpecifiedTaxRegistration").put("ram:ID", sender.vat_number, schemeID="VA")
    buyer, receiver = agreement.under("ram:BuyerTradeParty"), invoice.receiver
    buyer.put("ram:Name", receiver.company or receiver.name or "-")
    if receiver.company and receiver.name != receiver.company:
        buyer.under("ram:DefinedTradeContact").put("ram:PersonName", receiver.name)
    _address(buyer, receiver.address, invoice.buyer_country or invoice.seller_country)
    if invoice.buyer_email:
        buyer.under("ram:URIUniversalCommunication").put("ram:URIID", invoice.buyer_email, schemeID="EM")
    if receiver.vat_number:
        buyer.under("ram:SpecifiedTaxRegistration").put("ram:ID", receiver.vat_number, schemeID="VA")


def _address(party: _Node, address: str, country: str) -> None:
    """Lines as they are typed: the last with a postcode at its head is taken apart, others stay lines."""
    place = party.under("ram:PostalTradeAddress")
    lines = [each.strip() for each in address.splitlines() if each.strip()]
    city = lines.pop() if len(lines) > 1 else ""
    head, _, rest = city.partition(" ")
    if rest and any(each.isdigit() for each in head):
        place.put("ram:PostcodeCode", head)
        city = rest
    for name, line in zip(("ram:LineOne", "ram:LineTwo", "ram:LineThree"), lines, strict=False):
        place.put(name, line)
    place.put("ram:CityName", city)
    place.put("ram:CountryID", country or "XX")


def _settlement(trade: _Node, invoice: Invoice, sign: int) -> None:
    settled = trade.under("ram:ApplicableHeaderTradeSettlement")
    settled.put("ram:PaymentReference", invoice.reference)
    settled.put("ram:InvoiceCurrencyCode", invoice.currency)
    if invoice.bank.iban and invoice.kind == "invoice":
        means = settled.under("ram:SpecifiedTradeSettlementPaymentMeans")
        means.put("ram:TypeCode", "58")
        means.under("ram:PayeePartyCreditorFinancialAccount").put("ram:IBANID", invoice.bank.iban)
        if invoice.bank.bic:
            means.under("ram:PayeeSpecifiedCreditorFinancialInstitution").put("ram:BICID", invoice.bank.bic)
    reasons = {"AE": "Reverse charge", "E": "Exempt", "O": "Not subject to VAT"}
    for row in invoice.taxes:
        tax = settled.under("ram:ApplicableTradeTax")
        tax.put("ram:CalculatedAmount", _amount(sign * row.tax_micros, invoice.currency))
        tax.put("ram:TypeCode", "VAT")
        tax.put("ram:ExemptionReason", reasons.get(row.category, ""))
        tax.put("ram:BasisAmount", _amount(sign * row.net_micros, invoice.currency))
        tax.put("ram:CategoryCode", row.category)
        if row.category != "O":
            tax.put("ram:RateApplicablePercent", format_amount(row.percent_ppm * 100, 2))
    if invoice.from_at and not invoice.corrects:
        period = settled.under("ram:BillingSpecifiedPeriod")
        period.moment("ram:StartDateTime", _day(invoice.from_at))
        period.moment("ram:EndDateTime", _day(max(invoice.until_at - 1, invoice.from_at)))
    if invoice.due_on:
        settled.under("ram:SpecifiedTradePaymentTerms").moment("ram:DueDateDateTime", date.fromisoformat(invoice.due_on))
    elif invoice.total_micros and invoice.kind == "invoice":
        settled.under("ram:SpecifiedTradePaymentTerms").put("ram:Description", "Paid")
    sums = settled.under("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    net, tax_sum, total = (sign * each for each in (invoice.net_micros, invoice.tax_micros, invoice.total_micros))
    paid = total if invoice.taxed_by == "payment" else 0
    sums.put("ram:LineTotalAmount", _amount(net, invoice.currency))
    sums.put("ram:TaxBasisTotalAmount", _amount(net, invoice.currency))
    sums.put("ram:TaxTotalAmount", _amount(tax_sum, invoice.currency), currencyID=invoice.currency)
    sums.put("ram:GrandTotalAmount", _amount(total, invoice.currency))
    if paid:
        sums.put("ram:TotalPrepaidAmount", _amount(paid, invoice.currency))
    sums.put("ram:DuePayableAmount", _amount(total - paid, invoice.currency))
    if invoice.corrects:
        corrected = settled.under("ram:InvoiceReferencedDocument")
        corrected.put("ram:IssuerAssignedID", invoice.corrects)


# into the PDF ----------------------------------------------------------------------------------------------------------
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt>
</dc:title><dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>Tollhouse</xmp:CreatorTool></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"><fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>{file}</fx:DocumentFileName><fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>{about}</pdfaProperty:description></rdf:li>"""
_PROPERTIES = {
    "DocumentFileName": "name of the embedded file",
    "DocumentType": "kind of document",
    "Version": "version of the standard",
    "ConformanceLevel": "profile of the data",
}


@cache
def _colours() -> bytes:
    """The profile of the colours that screens show (sRGB)."""
    from PIL import ImageCms

    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[24:36] = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # when it was made: always the same day, so that a document is drawn alike
    return bytes(made)


def embedded(pdf: bytes, data: bytes, title: str, author: str, language: str) -> bytes:
    """The PDF with the data inside it."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

    name = NameObject
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.pdf_header = "%PDF-1.7"

    def stream(content: bytes, **entries: object) -> object:
        made = StreamObject()
        made.set_data(content)
        for key, value in entries.items():
            made[name(f"/{key}")] = value
        return writer._add_object(made)

    size = DictionaryObject({name("/Size"): NumberObject(len(data))})
    kept = stream(data, Type=name("/EmbeddedFile"), Subtype=name("/text#2Fxml"), Params=size)
    said = TextStringObject(FILE)
    relation = writer._add_object(
        DictionaryObject(
            {
                name("/Type"): name("/Filespec"), name("/F"): said, name("/UF"): said, name("/AFRelationship"): name("/Alternative"),
                name("/Desc"): TextStringObject("Factur-X"), name("/EF"): DictionaryObject({name("/F"): kept, name("/UF"): kept}),
            }
        )
    )  # fmt: skip
    properties = "".join(_PROPERTY.format(name=each, about=about) for each, about in _PROPERTIES.items())
    xmp = _XMP.format(title=escape(visual(title, False)), author=escape(author), properties=properties, file=FILE)
    intent = DictionaryObject(
        {
            name("/Type"): name("/OutputIntent"), name("/S"): name("/GTS_PDFA1"), name("/OutputConditionIdentifier"): TextStringObject("sRGB"),
            name("/Info"): TextStringObject("sRGB"), name("/DestOutputProfile"): stream(_colours(), N=NumberObject(3)),
        }
    )  # fmt: skip
    writer._root_object.update(
        {
            name("/AF"): ArrayObject([relation]),
            name("/Names"): DictionaryObject({name("/EmbeddedFiles"): DictionaryObject({name("/Names"): ArrayObject([said, relation])})}),
            name("/Metadata"): stream(xmp.encode(), Type=name("/Metadata"), Subtype=name("/XML")),
            name("/OutputIntents"): ArrayObject([writer._add_object(intent)]),
            name("/Lang"): TextStringObject(language),
        }
    )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
