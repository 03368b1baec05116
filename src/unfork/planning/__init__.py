"""Planning for all files of a tree: changes and findings."""
