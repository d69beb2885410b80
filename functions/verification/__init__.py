"""Verification: whether a file is a contract of ours, for anyone who holds one."""
