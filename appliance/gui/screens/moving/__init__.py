"""Moving in from another system, step by step."""
