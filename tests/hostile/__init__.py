"""What nobody should send, sent."""
