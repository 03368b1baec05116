"""Rewrite one file and verify the result."""
