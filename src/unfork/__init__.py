"""unfork brings duplicated Python modules back onto one canonical module."""
