"""What measures speed, cost and size: one script a question."""
