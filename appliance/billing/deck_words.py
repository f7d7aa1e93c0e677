"""The words of rate decks: what columns are called in the languages of the trade, and cells that are words.

Texts are compared in lower case without accents and without signs; names of currencies are left out.
"""

from __future__ import annotations

import unicodedata

ROLES: dict[str, tuple[str, ...]] = {
    "prefix": (
        "prefix", "prefixes", "code", "codes", "dial code", "dial codes", "dialcode", "dialing code", "dialling code", "dialing codes",
        "dialling codes", "destination code", "destination codes", "destination prefix", "destination prefixes", "dest prefix", "area code",
        "area codes", "city code", "city codes", "number prefix", "dialing prefix", "dialling prefix", "dial prefix", "route prefix", "pattern",
        "patterns", "breakout", "breakouts", "digits", "number", "numbers", "calling code", "code from", "prefix from", "start code", "from code",
        "range start", "first code", "prefix start",
        "vorwahl", "vorwahlen", "vorwahlnummer", "kennzahl", "prafix", "praefix", "rufnummer", "prefijo", "prefijos", "codigo", "codigos",
        "prefixe", "indicatif", "indicatifs", "prefisso", "prefissi", "codice", "prefixo", "prefixos", "netnummer", "kengetal", "voorvoegsel",
        "alan kodu", "kod", "onek", "numara", "prefiks", "prefiksy", "kierunkowy", "numer kierunkowy", "riktnummer", "predvolba", "cod", "kode",
        "awalan", "код", "коды", "код направления", "префикс", "префиксы", "кодове", "κωδικος", "προθεμα", "الرمز", "رمز", "البادئة", "بادئة",
        "المقدمة", "مقدمة", "קידומת", "پیش شماره", "کد", "前缀", "区号", "代码", "番号", "局番",
    ),
    "prefix_until": (
        "code to", "prefix to", "to code", "end code", "code end", "last code", "range end", "prefix end", "until code", "code until",
        "vorwahl bis", "codigo hasta", "prefijo hasta", "prefixe jusqu a", "код до",
    ),
    "country_code": (
        "country code", "country codes", "country dial code", "country calling code", "country prefix", "cc", "landesvorwahl", "landervorwahl",
        "laenderkennzahl", "codigo de pais", "codigo pais", "indicatif pays", "prefisso internazionale", "codigo do pais", "landnummer",
        "landcode", "ulke kodu", "kod kraju", "код страны", "رمز الدولة", "رمز البلد", "国家代码",
    ),
    "country": (
        "country", "country name", "land", "pais", "pays", "paese", "ulke", "kraj", "tara", "negara", "страна", "χωρα", "الدولة", "البلد",
        "国家", "国",
    ),
    "destination": (
        "destination", "destinations", "destination name", "dest name", "name", "description", "route", "route name", "zone", "region", "area",
        "area name", "breakout name", "comment", "target pattern name", "rate name", "location", "network", "type of destination",
        "ziel", "zielname", "zielland", "bezeichnung", "beschreibung", "zielgebiet", "destino", "nombre", "nombre del destino", "descripcion",
        "nom", "libelle", "nom de la destination", "destinazione", "nome", "descrizione", "descricao", "bestemming", "omschrijving", "naam",
        "hedef", "aciklama", "yon", "kierunek", "nazwa", "opis", "destinatie", "denumire", "tujuan", "направление", "название", "описание",
        "наименование", "προορισμος", "الوجهة", "الوصف", "الاسم", "وجهة", "יעד", "مقصد", "目的地", "名称", "地区",
    ),
    "price": (
        "new rate", "new price", "price per minute", "rate per minute", "per minute charge", "charge per minute", "cost per minute",
        "per minute", "cost min", "rate min", "price min", "rate per min", "price per min", "cost per min", "ppm", "sell rate", "selling rate",
        "sell price", "buy rate", "buying rate", "price n", "rate n", "unit price", "rate", "price", "cost", "rates", "prices", "tariff",
        "charge", "amount", "rate cost", "rateinitial", "cents per minute", "rate cents",
        "preis pro minute", "minutenpreis", "preis min", "preis", "tarif", "entgelt", "kosten", "precio por minuto", "precio minuto",
        "precio min", "precio", "tarifa", "coste", "costo por minuto", "costo", "prix par minute", "prix minute", "prix min", "prix", "cout",
        "prezzo al minuto", "prezzo minuto", "prezzo", "tariffa", "preco por minuto", "preco", "valor", "custo", "prijs per minuut", "prijs",
        "tarief", "dakika ucreti", "dakika fiyati", "fiyat", "ucret", "cena za minute", "cena", "stawka", "pret", "tarife", "harga",
        "цена за минуту", "цена", "тариф", "стоимость", "ставка", "τιμη", "χρεωση", "سعر الدقيقة", "السعر", "سعر", "التعرفة", "תעריף", "מחיר",
        "قیمت", "نرخ", "价格", "费率", "单价", "料金",
    ),
    "price_first": ("price 1", "rate 1", "first minute price", "first price", "initial price", "initial rate"),
    "connection_fee": (
        "connection fee", "connect fee", "connection charge", "connect charge", "connection cost", "connect cost", "connectcost",
        "connectioncharge", "connection", "setup fee", "set up fee", "setup", "setup charge", "call setup", "call setup fee", "surcharge",
        "rate surcharge", "flag fall", "flagfall", "verbindungsgebuhr", "verbindungsentgelt", "einrichtungsentgelt",
        "establecimiento", "establecimiento de llamada", "cargo de conexion", "tarifa de conexion", "costo de conexion", "frais de connexion",
        "frais de mise en relation", "cout de connexion", "scatto alla risposta", "taxa de conexao", "taxa de ligacao", "starttarief",
        "verbindingskosten", "baglanti ucreti", "oplata za polaczenie", "плата за соединение", "رسم الاتصال", "رسوم الاتصال", "接续费",
    ),
    "first_increment": (
        "initial increment", "first increment", "interval 1", "first interval", "initial interval", "initblock", "init block", "first block",
        "initial block", "first period", "rate minimum", "minimum increment", "min increment", "initial billing increment", "minimum block",
        "ersttakt", "mindesttakt", "primer incremento", "incremento inicial", "premier palier", "premiere tranche", "primo scatto",
        "incremento iniziale", "eerste eenheid",
    ),
    "next_increment": (
        "next increment", "increment", "inc", "interval n", "subsequent increment", "additional increment", "charge period", "billing interval",
        "billing increment", "next interval", "additional interval", "subsequent interval", "rate increment", "billingblock", "billing block",
        "increments", "billing increments", "billing", "billing terms", "rounding", "interval", "step", "pulse",
        "takt", "taktung", "abrechnungstakt", "folgetakt", "incremento", "incrementos", "facturacion", "palier", "increment de facturation",
        "facturation", "scatto", "tariffazione", "cadencia", "tarifacao", "afrekeneenheid", "тарификация", "шаг тарификации", "интервал",
    ),
    "minimum_seconds": (
        "minimum seconds", "minimum duration", "min duration", "min time", "minimum time", "minimum", "mindestdauer", "duracion minima",
        "duree minimale", "durata minima", "duracao minima", "minimumduur",
    ),
    "free_below_seconds": ("free below seconds", "free below", "nocharge time", "rate nocharge time", "free if shorter", "short call free"),
    "free_seconds": (
        "free seconds", "included seconds", "includedseconds", "free time", "freisekunden", "segundos incluidos", "segundos gratis",
        "secondes gratuites", "secondes incluses",
    ),
    "grace": ("grace", "grace time", "grace period", "grace seconds"),
    "minimum_charge": ("minimum charge", "min charge", "minimum price", "minimum cost", "mindestpreis", "cargo minimo", "prix minimum"),
    "maximum_charge": ("maximum charge", "max charge", "maximum price", "maximum cost", "hochstpreis", "cargo maximo", "prix maximum"),
    "blocked": ("blocked", "barred", "forbidden", "block", "gesperrt", "bloqueado", "bloque", "bloccato", "geblokkeerd", "запрещено", "محظور"),
    "discontinued": ("discontinued", "deleted", "removed", "delete"),
    "valid_from": (
        "effective date", "effective", "effective from", "date effective", "valid from", "start date", "from date", "activation date",
        "rate effective date", "valid since", "since", "starting date", "begin date", "date",
        "gultig ab", "gueltig ab", "ab", "valido desde", "vigencia", "fecha", "fecha de inicio", "fecha efectiva", "fecha de vigencia",
        "entrada en vigor", "date d effet", "date effet", "date de debut", "valable a partir du", "valido dal", "data inizio", "decorrenza",
        "data", "valido a partir de", "geldig vanaf", "ingangsdatum", "gecerlilik tarihi", "tarih", "data obowiazywania", "wazny od",
        "действует с", "дата", "дата начала", "تاريخ السريان", "التاريخ", "生效日期",
    ),
    "valid_until": (
        "valid until", "valid to", "end date", "expiry date", "expires", "expiration date", "until", "to date", "effective to", "gultig bis",
        "gueltig bis", "valido hasta", "fecha fin", "fecha de fin", "date de fin", "jusqu au", "valido fino al", "data fine", "geldig tot",
        "wazny do", "действует до",
    ),
    "band": ("time band", "band", "time class", "timeclass", "time of day", "peak off peak", "tariff period", "zeitzone tarif"),
    "origin": (
        "origination prefixes", "origination prefix", "origin prefix", "origin prefixes", "origin", "origination", "origin code", "origin codes",
        "caller prefix", "a number", "a number prefix", "origination code", "origination codes",
    ),
}  # fmt: skip
"""What each field of a rate may be called in a header, the likeliest names first."""


def _set(text: str) -> frozenset[str]:
    """Texts between commas."""
    return frozenset(part.strip() for part in text.split(","))


SIGNS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₺": "TRY", "EURO": "EUR", "EUROS": "EUR"}
CODES = _set("USD,EUR,GBP,AUD,CAD,CHF,CNY,INR,RUB,BRL,MXN,ARS,COP,CLP,PEN,ZAR,NGN,KES,EGP,AED,SAR,PLN,SEK,NOK,DKK,HUF,RON,BGN,UAH,JPY")
CURRENCIES = frozenset({code.lower() for code in CODES} | {"us", "try", "euro", "euros", "dollar", "dollars"})
UNSURE = _set("old,previous,prior,last,created,modified,updated,iso,type,count,id,alt,alter,ancien,anterior,vorher")
"""Words that make of "Rate" something else than the price."""

BLOCKED = _set(
    "blocked,barred,closed,forbidden,suspended,unavailable,na,n/a,n.a.,disabled,block,gesperrt,bloqueado,bloquee,bloccato,geblokkeerd,"
    "not available,no service,not offered,no route,not supported,not in use,nicht verfügbar,no disponible,non disponible"
)
FREE = _set("free,gratis,kostenlos,gratuit,gratuito,toll-free,бесплатно,مجاني")
AT_ONCE = _set("asap,immediate,immediately,now,at once,sofort,inmediato,immediat,immédiat,subito,imediato,direct,onmiddellijk")
YES = _set("1,y,yes,true,x,ja,si,sí,oui,sim,tak,да,نعم,blocked,forbidden,barred,discontinued,deleted,removed")
NO = _set(",0,n,no,false,nein,non,não,nao,nie,нет,لا,-,active,open")
ANYBODY = _set(",all,any,*,row,rest of world,world,default,alle,todos,tous")
ALWAYS = _set(",all,all day,any,24h,24x7,24/7,flat,always,standard")

MONTHS = {
    word: month
    for month, words in enumerate(
        (
            "jan january januar enero ene janvier janv gennaio gen janeiro januari",
            "feb february februar febrero fevrier fevr febbraio fevereiro fev februari",
            "mar march marz maerz marzo mars marco maart mrt",
            "apr april abril abr avril avr aprile",
            "may mai mayo maggio mag maio mei",
            "jun june juni junio juin giugno giu junho",
            "jul july juli julio juillet juil luglio lug julho",
            "aug august agosto ago aout augustus",
            "sep sept september septiembre septembre settembre set setembro",
            "oct october oktober okt octubre octobre ottobre ott outubro out",
            "nov november noviembre novembre novembro",
            "dec december dezember dez diciembre dic decembre dicembre dezembro",
        ),
        1,
    )
    for word in words.split()
}


def plain(text: str) -> str:
    """Lower case, no accents, letters and digits with single blanks between words: "Précio / Min." is "precio min"."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign if sign.isalnum() else " " for sign in folded if not unicodedata.combining(sign)).split())


def currency_in(text: str) -> str:
    """The currency that a header or a cell names by code or sign; "" where it names none."""
    for word in text.upper().replace("(", " ").replace(")", " ").replace("/", " ").replace(",", " ").split():
        if word in CODES:
            return word
        if word in SIGNS:
            return SIGNS[word]
    return next((code for sign, code in SIGNS.items() if len(sign) == 1 and sign in text), "")


def header_name(text: str) -> str:
    """A header's words without currencies: "Rate (US$)" is "rate"."""
    return " ".join(word for word in plain(text.replace("_", " ")).split() if word not in CURRENCIES)


_EXACT: dict[str, list[tuple[str, int]]] = {}
for _role, _names in ROLES.items():
    for _rank, _name in enumerate(_names):
        _EXACT.setdefault(plain(_name), []).append((_role, _rank))
for _role in ROLES:
    _EXACT.setdefault(plain(_role.replace("_", " ")), []).insert(0, (_role, 0))

_INSIDE = ("prefix", "price", "destination")


def roles_of(text: str) -> list[tuple[int, int, str]]:
    """(how surely, rank among the field's names, field) for a header's text, the surest first; empty where it says nothing.

    3: the very name. 2: a name of several words is in it. 1: a single word of it names a prefix, price or destination.
    """
    name = header_name(text)
    if not name or len(name) > 80:
        return []
    exact = _EXACT.get(name)
    if exact:
        return [(3, rank, role) for role, rank in exact]
    words = name.split()
    found: list[tuple[int, int, str]] = []
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            for role, rank in _EXACT.get(" ".join(words[start : start + length]), ()):
                if length > 1:
                    found.append((2, rank, role))
                elif role in _INSIDE and not UNSURE & set(words):
                    found.append((1, rank, role))
    return sorted(found, key=lambda each: (-each[0], each[1]))
