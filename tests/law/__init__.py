"""The law as tests: one for each article, named by it."""
