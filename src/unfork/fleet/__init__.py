"""The same migrations over many repositories: `unfork fleet`.

    REPOS ─▶ a task a repository ─▶ engine (threads here, or dask's workers) ─▶ state file ─▶ summary
                                      └▶ a process of its own: clone, `apply --branch`, one result

Each repository has a process of its own, wherever it runs: what one does to memory, or how it dies, is its own affair.
Tasks and results are plain values that go through JSON.
"""
