"""Which modules are copies or versions of one another, which one is canonical, and what each name would become."""
