"""Payments, vouchers, approvals, bank statements."""
