"""Access to the outside world: folders, git, locks, the journal."""
