"""What the program writes to people: templates, messages, the outbox, papers, the brand on them."""
