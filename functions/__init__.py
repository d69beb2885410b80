"""The Lambda functions of Guichet."""
