"""Customers, endpoints, resellers, operators and web logins, and how they sign in."""
