"""Dumps written by hand as the database programs write them, and three small shops in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

Cell = str | int | None
Tables = Mapping[str, Sequence[Mapping[str, Cell]]]

_ESCAPES = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\0": "\\0", "\x1a": "\\Z"}
_COPY_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\v": "\\v"}


def quoted(cell: Cell) -> str:
    """As mysqldump writes a value."""
    if cell is None:
        return "NULL"
    return str(cell) if isinstance(cell, int) else "'" + "".join(_ESCAPES.get(sign, sign) for sign in cell) + "'"


def mysql(tables: Tables, rows_each: int = 2) -> str:
    """A dump of MySQL: CREATE TABLE, then INSERTs of several rows."""
    parts = ["-- MySQL dump 10.13\n--\n\n/*!40101 SET NAMES utf8mb4 */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n"]
    for table, rows in tables.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        listed = ",\n".join(f"  `{name}` varchar(200) DEFAULT ';' COMMENT 'it''s (a) `name`'" for name in columns)
        parts.append(f"DROP TABLE IF EXISTS `{table}`;\nCREATE TABLE `{table}` (\n{listed},\n  PRIMARY KEY (`{columns[0]}`)\n) ENGINE=InnoDB;\n")
        parts.append(f"LOCK TABLES `{table}` WRITE;\n/*!40000 ALTER TABLE `{table}` DISABLE KEYS */;\n")
        for begin in range(0, len(rows), rows_each):
            cells = ",".join("(" + ",".join(quoted(row.get(name)) for name in columns) + ")" for row in rows[begin : begin + rows_each])
            parts.append(f"INSERT INTO `{table}` VALUES {cells};\n")
        parts.append("UNLOCK TABLES;\n")
    return "".join(parts)


def postgres(tables: Tables) -> str:
    """A dump of PostgreSQL: COPY blocks."""
    parts = ["--\n-- PostgreSQL database dump\n--\nSET client_encoding = 'UTF8';\n"]
    for table, rows in tables.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        parts.append(f"CREATE TABLE public.{table} (\n  {columns[0]} bigint\n);\nCOPY public.{table} ({', '.join(columns)}) FROM stdin;\n")
        for row in rows:
            cells = ["\\N" if row.get(name) is None else "".join(_COPY_ESCAPES.get(sign, sign) for sign in str(row[name])) for name in columns]
            parts.append("\t".join(cells) + "\n")
        parts.append("\\.\n\n")
    return "".join(parts)


def written(folder: Path, name: str, text: str) -> str:
    """The file's path."""
    place = folder / name
    place.write_text(text, encoding="utf-8", newline="")
    return str(place)


HA1 = "0123456789abcdef0123456789abcdef"

ASTPP: dict[str, list[dict[str, Cell]]] = {
    "system": [{"id": 1, "name": "base_currency", "value": "EUR"}],
    "currency": [{"id": 7, "currency": "GBP"}],
    "countrycode": [{"id": 3, "iso": "NL"}],
    "language": [{"id": 1, "language": "en_US"}],
    "accounts": [
        {"id": 1, "number": "admin", "reseller_id": 0, "type": -1, "balance": "99.00000", "posttoexternal": 0, "deleted": 0},
        {"id": 2, "number": "5001000", "reseller_id": 0, "pricelist_id": 4, "type": 0, "balance": "12.50000", "posttoexternal": 0,
         "credit_limit": "3.00000", "first_name": "Ann", "last_name": "O'Neil", "company_name": "", "city": "Delft", "country_id": 3,
         "currency_id": 7, "language_id": 1, "email": "ann@example.test", "maxchannels": 2, "status": 0, "deleted": 0, "password": "sealed"},
        {"id": 3, "number": "5002000", "reseller_id": 0, "pricelist_id": 4, "type": 0, "balance": "40.25000", "posttoexternal": 1,
         "credit_limit": "100.00000", "company_name": "Bay; (Ltd)", "country_id": 3, "status": 1, "deleted": 0, "password": "sealed"},
        {"id": 4, "number": "5003000", "reseller_id": 9, "pricelist_id": 4, "type": 0, "balance": "7.00000", "posttoexternal": 0, "deleted": 0},
        {"id": 5, "number": "5004000", "reseller_id": 0, "type": 0, "balance": "1.00000", "posttoexternal": 0, "deleted": 1},
    ],
    "pricelists": [{"id": 4, "name": "Home", "markup": "10", "initially_increment": 30, "inc": 6, "reseller_id": 0}],
    "routes": [
        {"id": 1, "pattern": "^31.*", "comment": "Netherlands", "connectcost": "0.01000", "includedseconds": 0, "cost": "0.10000",
         "pricelist_id": 4, "inc": 6, "init_inc": 0, "status": 0, "accountid": 0},
        {"id": 2, "pattern": "^44.*", "comment": "UK", "connectcost": "0", "includedseconds": 0, "cost": "0.20000",
         "pricelist_id": 4, "inc": 60, "init_inc": 60, "status": 1, "accountid": 0},
    ],
    "sip_devices": [
        {"id": 1, "username": "5001001", "accountid": 2, "status": 0, "dir_params": '{"password":"p\\"ss,1"}',
         "dir_vars": '{"effective_caller_id_name":"Ann","effective_caller_id_number":"31201112233"}'},
        {"id": 2, "username": "bay-desk", "accountid": 3, "status": 0, "dir_params": '{"password":"bay"}', "dir_vars": ""},
        {"id": 3, "username": "5003001", "accountid": 4, "status": 0, "dir_params": '{"password":"x"}', "dir_vars": ""},
    ],
    "dids": [{"id": 1, "number": "31207654321", "accountid": 2, "parent_id": 0, "extensions": "5001001", "call_type": 1}],
    "invoices": [
        {"id": 1, "prefix": "INV_", "number": "000041", "accountid": 3, "type": "I", "generate_date": "2026-05-01 00:00:00",
         "due_date": "2026-05-15 00:00:00", "is_deleted": 0},
        {"id": 2, "prefix": "INV_", "number": "000042", "accountid": 3, "type": "I", "generate_date": "2026-06-01 00:00:00",
         "due_date": "0000-00-00 00:00:00", "is_deleted": 0},
    ],
    "invoice_details": [
        {"id": 1, "invoiceid": 1, "debit": "30.00000", "credit": "30.00000"},
        {"id": 2, "invoiceid": 2, "debit": "40.25000", "credit": "0.00000"},
    ],
    "cdrs": [
        {"uniqueid": "a-1", "accountid": 2, "type": 0, "callerid": "Ann <31201112233>", "callednum": "31612345678", "billseconds": 61,
         "callstart": "2026-05-02 10:00:00", "debit": "0.121000", "notes": "Netherlands", "call_direction": "outbound"},
        {"uniqueid": "a-2", "accountid": 3, "type": 0, "callerid": "bay", "callednum": "447700900123", "billseconds": 0,
         "callstart": "2026-05-03 10:00:00", "debit": "0", "notes": "UK", "call_direction": "outbound"},
        {"uniqueid": "a-3", "accountid": 4, "type": 0, "callerid": "x", "callednum": "447700900123", "billseconds": 5,
         "callstart": "2026-05-03 10:00:00", "debit": "1", "notes": "UK", "call_direction": "outbound"},
    ],
}  # fmt: skip

MAGNUS: dict[str, list[dict[str, Cell]]] = {
    "pkg_cdr": [
        {"id": 1, "id_user": 7, "id_prefix": 11, "callerid": "3120999", "starttime": "2026-04-01 08:00:00", "sessiontime": 30,
         "calledstation": "49301234567", "sessionbill": "5e-02", "src": "alice"},
        {"id": 2, "id_user": 1, "id_prefix": 11, "callerid": "", "starttime": "2026-04-01 08:00:00", "sessiontime": 1,
         "calledstation": "49", "sessionbill": "9", "src": "root"},
    ],
    "pkg_configuration": [{"id": 1, "config_key": "base_currency", "config_value": "USD"}],
    "pkg_group_user": [{"id": 1, "name": "Administrator", "id_user_type": 1}, {"id": 3, "name": "Client", "id_user_type": 3}],
    "pkg_user": [
        {"id": 1, "id_user": None, "id_group": 1, "id_plan": None, "username": "root", "password": "x", "credit": "5.0000", "active": 1},
        {"id": 7, "id_user": 1, "id_group": 3, "id_plan": 2, "username": "alice", "password": "walk on water", "credit": "-3.2500", "active": 1,
         "firstname": "Alice", "lastname": "", "country": "Germany", "language": "pt_BR", "typepaid": 1, "creditlimit": 20, "calllimit": 3},
    ],
    "pkg_sip": [
        {"id": 5, "id_user": 7, "name": "alice", "callerid": "31209990000", "md5secret": HA1, "secret": "", "calllimit": 2, "status": 1},
        {"id": 6, "id_user": 7, "name": "7000001", "callerid": "", "md5secret": "", "secret": "s3cret", "calllimit": 0, "status": 1},
    ],
    "pkg_plan": [{"id": 2, "id_user": 1, "name": "Wholesale"}],
    "pkg_prefix": [{"id": 11, "prefix": "49", "destination": "Germany"}, {"id": 12, "prefix": "43", "destination": "Austria"}],
    "pkg_rate": [
        {"id": 1, "id_plan": 2, "id_prefix": 11, "rateinitial": "0.100000", "initblock": 30, "billingblock": 60, "connectcharge": "0.00000",
         "disconnectcharge": "0.00000", "minimal_time_charge": 0, "status": 1},
        {"id": 2, "id_plan": 2, "id_prefix": 12, "rateinitial": "0.200000", "initblock": 1, "billingblock": 1, "connectcharge": "0.00000",
         "disconnectcharge": "0.50000", "minimal_time_charge": 0, "status": 1},
    ],
    "pkg_did": [{"id": 1, "id_user": 7, "reserved": 1, "activated": 1, "did": "31207770000"}],
    "pkg_did_destination": [{"id": 1, "id_user": 7, "id_sip": 6, "id_did": 1, "voip_call": 1, "priority": 1, "activated": 1}],
}  # fmt: skip

A2B: dict[str, list[dict[str, Cell]]] = {
    "cc_call": [
        {"id": 1, "card_id": 21, "starttime": "2026-03-01 12:00:00", "sessiontime": 75, "calledstation": "33123456789", "sessionbill": "0.3",
         "src": "3000001", "destination": 33},
    ],
    "cc_card": [
        {"id": 21, "creationdate": "2020-01-01 00:00:00", "username": "8812345678", "useralias": "carla", "uipass": "garden", "credit": "8.00000",
         "tariff": 1, "status": 1, "firstname": "Carla", "lastname": "\\ K.\n", "country": "FRA", "simultaccess": 0, "currency": "GBP",
         "typepaid": 0, "creditlimit": 0, "language": "fr", "company_name": "", "vat_rn": None, "id_group": 1},
    ],
    "cc_config": [{"id": 4, "config_key": "base_currency", "config_value": "usd"}],
    "cc_country": [{"id": 1, "countrycode": "FRA", "countryname": "France"}],
    "cc_sip_buddies": [
        {"id": 3, "id_cc_card": 21, "name": "3000001", "callerid": '"Carla" <33199>', "md5secret": "", "secret": "ring", "username": "3000001"},
    ],
    "cc_tariffgroup": [{"id": 1, "tariffgroupname": "Standard"}],
    "cc_tariffgroup_plan": [{"idtariffgroup": 1, "idtariffplan": 5}],
    "cc_prefix": [{"prefix": 33, "destination": "France"}],
    "cc_ratecard": [
        {"id": 1, "idtariffplan": 5, "dialprefix": "33", "rateinitial": "0.24000", "initblock": 60, "billingblock": 30, "connectcharge": "0.00000",
         "disconnectcharge": "0.00000", "chargea": "0.00000", "timechargea": 0, "starttime": 0, "endtime": 10079, "destination": 33},
    ],
    "cc_did": [{"id": 9, "iduser": 21, "did": "33170000000"}],
    "cc_did_destination": [{"id": 1, "destination": "SIP/3000001", "priority": 1, "id_cc_card": 21, "id_cc_did": 9, "activated": 1}],
    "cc_invoice": [
        {"id": 1, "reference": "2026000007", "id_card": 21, "date": "2026-06-30 00:00:00", "paid_status": 0, "status": 1},
        {"id": 2, "reference": "2026000006", "id_card": 21, "date": "2026-05-31 00:00:00", "paid_status": 1, "status": 1},
    ],
    "cc_invoice_item": [{"id": 1, "id_invoice": 1, "price": "10.00000", "VAT": "20.00"}],
}  # fmt: skip

CSV: dict[str, str] = {
    "people.csv": "customer;name;balance;credit_limit;tariff;country;disabled\nc1;Dörte & Co;10.50;0;Basic;DE;\nc2;Ed;-2;5;Basic;;yes\n",
    "phones.csv": "customer,user,password,ha1\nc1,6000001,one,\nc2,ed,,\n",
    "logins.csv": "customer,login,password\nc1,doerte,a good one\nc2,ed,\n",
    "prices.csv": "tariff,prefix,price,destination,first_increment,next_increment\nBasic,49,0.06,Germany,60,60\nBasic,43,oops,Austria,1,1\n",
    "numbers.csv": "number,endpoint\n4930111222,6000001\n",
    "bills.csv": "customer,invoice,open,issued_on\nc2,R-0099,2.00,2026-02-01\n",
    "calls.csv": "id,customer,started_at,seconds,number,caller,destination,amount\n1,c1,2026-02-03 04:05:06,60,43123,6000001,Austria,0.06\n",
}
