"""Trunks and routes."""
