"""Support's window: what a customer sees, for whoever helps them, and their e-mails once more."""
