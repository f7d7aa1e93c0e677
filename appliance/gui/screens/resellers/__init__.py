"""Resellers."""
