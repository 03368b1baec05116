"""What a tree of Python files means: modules, definitions, scopes, names."""
