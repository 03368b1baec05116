"""The codemods of unfork: where the names of an import go, and how its statement is rewritten.

Syntax in, syntax out: nothing here reads a file, starts a process or prints. Imports LibCST and the standard library.
"""
