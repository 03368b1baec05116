"""Imports that cannot work, modules with two names, import cycles, and modules that only forward to another."""
