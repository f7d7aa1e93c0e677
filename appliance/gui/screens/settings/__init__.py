"""Settings, operators, one's own account."""
