"""The jobs of the subscription portal."""
