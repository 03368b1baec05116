"""The contents of a tree of Python files: modules, definitions, scopes, names."""
