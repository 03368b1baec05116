"""One file, rewritten and proved."""
