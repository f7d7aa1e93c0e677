"""Invoices and aging."""
