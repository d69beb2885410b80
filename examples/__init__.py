"""Examples for makers of software that asks the desk before it lets its users in."""
