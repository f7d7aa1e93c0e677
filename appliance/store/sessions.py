"""Sign-ins, one-time codes and programs' tokens. Only hashes are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Session(NamedTuple):
    """`kind`: operator or web_login; `subject_id` is the row of that kind."""

    token_hash: str
    kind: str
    subject_id: int
    created_at: int
    seen_at: int
    expires_at: int
    source: str
    client: str


class OneTimeCode(NamedTuple):
    """`purpose`: setup, reset, link, …"""

    code_hash: str
    purpose: str
    subject_id: int | None
    made_at: int
    expires_at: int
    used_at: int | None


class ApiToken(NamedTuple):
    """`scopes` is JSON text."""

    id: int
    token_hash: str
    operator_id: int | None
    reseller_id: int
    name: str
    scopes: str
    created_at: int
    used_at: int | None
    revoked_at: int | None


class Sessions(Table[Session]):
    """Rows of `session`, `one_time_code` and `api_token`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "session", Session)
        self._tokens = Table(database, "api_token", ApiToken, "name scopes used_at revoked_at")

    def find(self, token_hash: str) -> Session | None:
        """By the token's hash, expired or not."""
        return self._one(self._select + "WHERE t.token_hash = ?", (token_hash,))

    def of(self, kind: str, subject_id: int) -> Iterator[Session]:
        """All of one subject, newest first."""
        return self._rows("WHERE t.kind = ? AND t.subject_id = ? ORDER BY t.created_at DESC", (kind, subject_id))

    def touch(self, token_hash: str, seen_at: int, expires_at: int) -> None:
        """Seen again."""
        self._db.change("UPDATE session SET seen_at = ?, expires_at = ? WHERE token_hash = ?", (seen_at, expires_at, token_hash))

    def end(self, token_hash: str) -> None:
        """Sign out."""
        self._db.change("DELETE FROM session WHERE token_hash = ?", (token_hash,))

    def end_all(self, kind: str, subject_id: int, keep: str = "") -> int:
        """Sign a subject out everywhere but at `keep`; how many."""
        return self._db.change("DELETE FROM session WHERE kind = ? AND subject_id = ? AND token_hash <> ?", (kind, subject_id, keep))

    def forget_expired(self, at: int) -> int:
        """Remove what ran out before `at`, one-time codes too; how many."""
        count = self._db.change("DELETE FROM session WHERE expires_at < ?", (at,))
        return count + self._db.change("DELETE FROM one_time_code WHERE expires_at < ?", (at,))

    def insert_code(self, code_hash: str, purpose: str, subject_id: int | None, made_at: int, expires_at: int) -> None:
        """A new one-time code."""
        self._db.execute(
            "INSERT INTO one_time_code (code_hash, purpose, subject_id, made_at, expires_at) VALUES (?, ?, ?, ?, ?)",
            (code_hash, purpose, subject_id, made_at, expires_at),
        )

    def use_code(self, code_hash: str, purpose: str, at: int) -> OneTimeCode | None:
        """Spend a code: the row where it was good, None where unknown, used or run out."""
        sql = "UPDATE one_time_code SET used_at = ?1 WHERE code_hash = ?2 AND purpose = ?3 AND used_at IS NULL AND expires_at > ?1"
        if self._db.change(sql, (at, code_hash, purpose)) == 0:
            return None
        row = self._db.one("SELECT code_hash, purpose, subject_id, made_at, expires_at, used_at FROM one_time_code WHERE code_hash = ?", (code_hash,))
        return None if row is None else OneTimeCode._make(row)

    def open_code(self, purpose: str, at: int) -> OneTimeCode | None:
        """An unused code of that purpose that has not run out."""
        columns = ", ".join(OneTimeCode._fields)
        sql = f"SELECT {columns} FROM one_time_code WHERE purpose = ? AND used_at IS NULL AND expires_at > ?"
        row = self._db.one(sql, (purpose, at))
        return None if row is None else OneTimeCode._make(row)

    def drop_codes(self, purpose: str, subject_id: int | None) -> int:
        """Void unused codes of a purpose and subject; how many."""
        return self._db.change("DELETE FROM one_time_code WHERE purpose = ? AND subject_id IS ? AND used_at IS NULL", (purpose, subject_id))

    def insert_token(self, token_hash: str, operator_id: int | None, reseller_id: int, name: str, scopes: str, created_at: int) -> int:
        """A program's token; its id."""
        return self._tokens.insert(
            token_hash=token_hash, operator_id=operator_id, reseller_id=reseller_id, name=name, scopes=scopes, created_at=created_at
        )

    def find_token(self, token_hash: str) -> ApiToken | None:
        """By the token's hash, the revoked left out."""
        columns = ", ".join(ApiToken._fields)
        row = self._db.one(f"SELECT {columns} FROM api_token WHERE token_hash = ? AND revoked_at IS NULL", (token_hash,))
        return None if row is None else ApiToken._make(row)

    def tokens(self, reseller_id: int) -> Iterator[ApiToken]:
        """Of one reseller, the revoked too."""
        return self._db.rows(ApiToken._make, f"SELECT {', '.join(ApiToken._fields)} FROM api_token WHERE reseller_id = ? ORDER BY id", (reseller_id,))

    def token(self, token_id: int) -> ApiToken | None:
        """By id, the revoked too."""
        return self._tokens.get(token_id)

    def touch_token(self, token_id: int, used_at: int) -> None:
        """Used again."""
        self._tokens.update(token_id, {"used_at": used_at})

    def revoke_token(self, token_id: int, at: int) -> None:
        """Void a program's token."""
        self._tokens.update(token_id, {"revoked_at": at})
