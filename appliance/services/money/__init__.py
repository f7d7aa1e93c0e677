"""Payments, documents, fees, taxes, carriers: everything that posts to the ledger except a call."""
