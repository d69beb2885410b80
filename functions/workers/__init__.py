"""What runs on events and on the clock."""
