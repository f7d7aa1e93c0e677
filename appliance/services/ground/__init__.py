"""What every service stands on: who asks, the unit of work, look-ups, moments, the audit log, the ledger, what is held in memory."""
