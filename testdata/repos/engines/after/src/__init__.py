"""Relay jobs."""

__version__ = "0.9.2"
