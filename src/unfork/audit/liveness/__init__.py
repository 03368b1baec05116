"""Which modules a program reaches: its entry points, and what leads from them to everything else."""
