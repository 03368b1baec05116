"""The independent verifier: reads the tree as it will be, with its own model of Python, and reports what would break.

It is written from the language reference and shares nothing with the planner except parsing (``Source``), edits and
the plain values of a migration. It does not use the index, the scopes or the codemods.

    verifier = Verifier(paths, read, roots, migration, external)
    moves = verifier.quick(before, edits)            # in a worker, after one file's rewrite; None: not enough
    rewrites = Rewrites(edits, removed)              # by path: small values that can be sent to other processes
    report = verifier.file(path, rewrites, sources)  # in a worker: one file, in full; its texts, if already parsed
    violations = verifier.verify(rewrites, quick={path: moves, ...}, reports={path: report, ...}, complete=covered)

Input
    ``paths``, ``read``   the project before: its Python files (``.py``, ``.pyi``; others are dropped) and a function
                          that returns the bytes of any file, including pyproject.toml and setup.cfg. ``read`` raises
                          OSError for a missing file; it must be picklable if the verifier is sent to a worker.
    ``roots``             the folders that absolute imports start from, in order; ``""`` is the project's root
    ``migration``         plain values, ``unfork_codemods.migration.Migration``
    ``external``          top-level packages known to be outside: declared, installed, or listed. The standard library
                          is implied. An import of anything else resolves to nothing: it may be repaired, but must not
                          be written. None: anything not in the project counts as outside.
    ``generated``         returns which of some modules without a Python file a build makes of others
    ``before, edits``     of ``quick``: the file's ``Source``, or its head (``Source.head``), and the edits of its text
    ``rewrites``          the edits of each changed file, as they apply to the stored bytes, and the removed files.
                          Facts about the tree after are cached as long as the same object is passed: in a worker,
                          unpickle it once a round.
    ``quick``             the files that ``Verifier.quick`` accepted, with its results: they are not read again
    ``reports``           the files that ``Verifier.file`` has already read, with its results
    ``complete``          the files that the run claims to have finished: they may not load a redirected module
    ``beside``            how to do a check beside the others, in another process: ``unfork.processes.beside``
    ``candidates``        the files that contain the last segment of one of the migration's modules, even only as a
                          word, if known (see the prefilter); otherwise all files are searched

Output
    ``Violation``s: the place (in the text *before* if it exists there, else in the text after), the reason, and
    ``blame``: the changed or removed files whose rewrite must be reverted. ``blame`` is empty if nothing written is
    wrong and the run only claims too much (``complete``): then the violation is merely a finding.

    The caller reverts the blamed files (their edits leave ``Rewrites``, a finding takes their place), recomputes what
    depended on them, and asks again. Each round costs only the files concerned, because facts about the project before
    stay in the verifier. The loop ends because each round reverts at least one file.

How it works
    ``resolution``    which file an import names: roots, packages, namespace packages, scripts and their siblings
    ``machine``       the state of a run over a module's statements: which values each name may have, in order
    ``statements``, ``branches``, ``expressions``, ``symbols``   what they do to that state
    ``calls``, ``texts``   calls that name modules by strings, and the string values of expressions
    ``dunder_all``    ``__all__``
    ``values``        what a name may be: definitions, modules, things outside, and "not bound"
    ``tree_state``    what names of other modules are: one state of the tree, before or after; ``states`` has both
    ``counterparts``  which value may replace which, by the migration
    ``pairing``       the text before next to the text after: each reference with its successor
    ``files``         one file: its references, imports, exports, what it takes from others and what it replaces
    ``quick``         files in which only imports changed, and uses of the modules that they bind: needs no scopes
    ``import_rows``, ``quick_uses``   adjacent imports and what edits make of them; uses of a module's attributes
    ``new_text``      what only the new text has: names that may not be bound, detours
    ``shims``, ``forwards``   what a module offered and did on import, and its shim still must
    ``replacements``  what tests replace (mock, monkeypatch, stores, ``sys.modules``), and which code reads it
    ``interest``, ``naming``   what can be skipped because it has no word of interest
    ``import_time``, ``import_runs``   names that a cycle asks for too early: imports run one after the other
    ``import_steps``  what the statements of a module do meanwhile
    ``called_imports``, ``called_functions``   functions that run meanwhile, and what they import
    ``import_calls``  ``import_module`` and ``__import__``, and what they may be given
    ``unimportable``  modules that cannot be imported: imports that find nothing, errors that are raised
    ``failing_definitions``, ``unbound``   what code uses although nothing binds it
    ``module_values``   modules that lose names, where code gets them as values
    ``entry_points``   names in pyproject.toml and setup.cfg
"""

from __future__ import annotations

from unfork.verification.facts import FileReport, Moves, Rewrites, Violation
from unfork.verification.verifier import Verifier

__all__ = ["FileReport", "Moves", "Rewrites", "Verifier", "Violation"]
