"""The first steps, from an empty folder to a billed call."""
