"""Customers and their endpoints."""
