"""The workers, as examples."""
