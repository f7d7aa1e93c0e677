"""What several screens share: forms, filters, words."""
