"""Migrations and configuration, read from TOML."""
