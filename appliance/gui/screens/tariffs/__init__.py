"""Tariffs: list, page, price grid, deck import."""
