"""What Guichet promises, as examples."""
