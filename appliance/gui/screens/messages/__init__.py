"""E-mail to customers: letters, templates, the outbox."""
