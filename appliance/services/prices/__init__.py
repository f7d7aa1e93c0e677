"""Tariffs, rates and decks, and what is asked about prices: radar, what-if, re-rating."""
