"""All files of a tree: a plan of changes and findings."""
