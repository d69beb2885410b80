"""Contracts as documents: rendered, sealed, and verified."""
