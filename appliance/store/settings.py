"""Settings kept in the store: a JSON value a key, for the appliance or for one reseller."""

from __future__ import annotations

from appliance.store.database import Database


class Settings:
    """`scope` is '' for the appliance, 'reseller:ID' for a reseller's own; values are JSON text."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: str, scope: str = "") -> str | None:
        """JSON text, or None where it is not set in that scope."""
        value: str | None = self._db.value("SELECT value FROM setting WHERE scope = ? AND key = ?", (scope, key))
        return value

    def all(self, scope: str = "") -> dict[str, str]:
        """Everything set in one scope."""
        return dict(self._db.fetch("SELECT key, value FROM setting WHERE scope = ?", (scope,)))

    def scopes(self, key: str) -> list[str]:
        """Where that key is set, sorted."""
        return [str(row[0]) for row in self._db.fetch("SELECT scope FROM setting WHERE key = ? ORDER BY scope", (key,))]

    def put(self, key: str, value: str, scope: str = "") -> None:
        """Set, or set anew."""
        self._db.execute(
            "INSERT INTO setting (scope, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (scope, key, value)
        )

    def remove(self, key: str, scope: str = "") -> bool:
        """Back to the default; whether it was set."""
        return self._db.change("DELETE FROM setting WHERE scope = ? AND key = ?", (scope, key)) > 0
