"""The world outside: folders, git, locks, the journal."""
