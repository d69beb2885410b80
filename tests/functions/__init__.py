"""The functions: their rules alone, and each job as its callers see it."""
