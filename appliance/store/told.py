"""How a charge's explanation is read: what many charges have in common is kept once, in `charge_told`."""

from __future__ import annotations

EXPLANATION = """CASE WHEN h.told_id IS NULL THEN h.explanation ELSE coalesce((SELECT CASE WHEN NOT json_valid(h.explanation) THEN h.explanation
  WHEN NOT json_valid(b.told) THEN b.told ELSE json_set(b.told, '$.duration_ms', h.explanation ->> 0, '$.seconds', h.explanation ->> 1,
  '$.billed_seconds', h.explanation ->> 2, '$.amount', h.explanation ->> 3) END FROM charge_told b WHERE b.id = h.told_id), '') END"""
"""The whole explanation of a charge `h`: what many have in common, with its own fields put in; where either is damaged, that one."""
