"""Calls: records, one call explained, live calls."""
