"""What each file says: it is parsed once, and only its facts are kept."""
