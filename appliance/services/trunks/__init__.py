"""Trunks and routes: kept, watched, tried."""
