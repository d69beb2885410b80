"""Tests of the stacks and of what deploys and operates them."""
