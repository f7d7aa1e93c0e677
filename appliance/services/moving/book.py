"""What a reader gathers: rows counted as they stand, then taken or refused, each with its place. No row is lost between the two."""

from __future__ import annotations

from appliance.services.moving.records import Count, Gathered, Job, OldCall, OldCustomer, OldEndpoint, OldLogin, OldNumber, Refusal
from appliance.services.moving.values import Unreadable, clean

MOST_TOLD = 10_000
"""Refused rows of a kind that are told one by one."""


class Place:
    """A row: of which file and line, and what it is called there."""

    __slots__ = ("file", "key", "kind", "line", "micros")

    def __init__(self, kind: str, key: str, file: str, line: int) -> None:
        self.kind = kind
        self.key = key
        self.file = file
        self.line = line
        self.micros = 0


class Book:
    """Fills one `Gathered`."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.gathered = Gathered(job.currency)
        self._told: dict[str, int] = {}
        self._names: set[str] = set()
        self._customers: dict[str, OldCustomer] = {}
        self._refused: set[str] = set()
        self._apart: set[str] = set()
        self._users: set[str] = set()
        self._logins: set[str] = set()
        self._numbers: set[str] = set()

    def row(self, kind: str, key: str, file: str, line: int) -> Counted:
        """One row of a kind: counted, and refused where it holds what cannot be read. The money in it is said by `Place.micros`."""
        return Counted(self, Place(kind, key, file, line))

    def count(self, place: Place) -> None:
        """It stands in the file, whatever becomes of it."""
        count = self.gathered.found.setdefault(place.kind, Count())
        count.rows += 1
        count.micros += place.micros

    def refuse(self, place: Place, code: str, **parameters: str) -> None:
        """It is not moved. Past `MOST_TOLD` of a kind they are only counted."""
        told = self._told[place.kind] = self._told.get(place.kind, 0) + 1
        if place.kind == "customers":
            self._refused.add(place.key)
        if told <= MOST_TOLD:
            self.gathered.refused.append(Refusal(place.kind, place.key[:64], place.file, place.line, code, parameters, place.micros))
            return
        count = self.gathered.untold.setdefault(place.kind, Count())
        count.rows += 1
        count.micros += place.micros

    def broken(self, file: str, line: int, code: str, kind: str) -> None:
        """A piece of a file that could not be read."""
        with self.row(kind, "", file, line) as place:
            self.refuse(place, code)

    def apart(self, customer: str, agent: str) -> None:
        """A customer of a reseller of the old system: another run's."""
        self._apart.add(customer)
        self.gathered.apart[agent] = self.gathered.apart.get(agent, 0) + 1

    def is_apart(self, customer: str) -> bool:
        """Whether it is another run's."""
        return customer in self._apart

    def known(self, place: Place, customer: str) -> bool:
        """Whether that customer is moved; refused with the reason where not."""
        if customer in self._customers:
            return True
        self.refuse(place, "move.customer_refused" if customer in self._refused else "move.no_customer", customer=customer[:64])
        return False

    def has(self, customer: str) -> bool:
        """Whether that customer is moved."""
        return customer in self._customers

    def customer(self, place: Place, row: OldCustomer) -> bool:
        """Taken under a name that is nobody else's."""
        if row.key in self._customers:
            self.refuse(place, "move.twice", key=row.key[:64])
            return False
        row.name = self._free(clean(row.name) or clean(row.user) or f"{place.key}", clean(row.user) or place.key)
        self._customers[row.key] = row
        self.gathered.customers.append(row)
        return True

    def _free(self, name: str, user: str) -> str:
        wanted, number = name, 1
        while wanted in self._names:
            tail = f" ({user})" if number == 1 else f" ({user} {number})"
            wanted, number = name[: 200 - len(tail)].strip() + tail, number + 1
        self._names.add(wanted)
        return wanted

    def endpoint(self, place: Place, row: OldEndpoint) -> bool:
        """Taken where its user name is nobody else's and it has something to prove itself by."""
        if not row.user:
            self.refuse(place, "move.no_user")
        elif row.user in self._users:
            self.refuse(place, "move.twice", key=row.user[:64])
        elif not row.password and not row.ha1:
            self.refuse(place, "move.no_password", user=row.user[:64])
        else:
            self._users.add(row.user)
            self.gathered.endpoints.append(row)
            return True
        return False

    def login(self, place: Place, row: OldLogin) -> None:
        """Taken where the name is nobody else's."""
        if not row.login:
            self.refuse(place, "move.no_user")
        elif row.login in self._logins:
            self.refuse(place, "move.twice", key=row.login[:64])
        else:
            self._logins.add(row.login)
            self.gathered.web_logins.append(row)

    def number(self, place: Place, row: OldNumber) -> None:
        """Taken where it is digits and stands once."""
        if not row.number:
            self.refuse(place, "move.no_number", key=place.key[:64])
        elif row.number in self._numbers:
            self.refuse(place, "move.twice", key=row.number)
        else:
            self._numbers.add(row.number)
            self.gathered.numbers.append(row)

    def call(self, place: Place, call: OldCall) -> OldCall | None:
        """A call of a customer that is moved; None for another run's, and for one that is refused."""
        return call if self.known(place, call.customer) else None


class Counted:
    """What `Book.row` gives: a value that cannot be read ends the block, and the row is refused for it."""

    __slots__ = ("_book", "_place")

    def __init__(self, book: Book, place: Place) -> None:
        self._book = book
        self._place = place

    def __enter__(self) -> Place:
        return self._place

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        self._book.count(self._place)
        if isinstance(error, Unreadable):
            self._book.refuse(self._place, error.code, text=error.text)
            return True
        return False
