"""The independent verifier: reads the tree as it will be, by its own account of Python, and says what a run would break.

It is written from the language reference and shares nothing with the planner that decides: only the parsing
(``Source``), the edits and the plain values of a migration. It knows no index, no scopes and no codemods of ours.

    verifier = Verifier(paths, read, roots, migration, external=("yaml", ...))
    moves = verifier.quick(before, after)            # in a worker, behind the rewrite of one file; None: not enough
    rewrites = Rewrites(edits, removed)              # by path: small values that can be sent to other processes
    report = verifier.file(path, rewrites)           # in a worker: one file, in full
    violations = verifier.verify(rewrites, quick={path: moves, ...}, complete=not left)

What goes in
    ``paths``, ``read``   the project before: its Python files (``.py``, ``.pyi``) and how to get the bytes of any file,
                          pyproject.toml and setup.cfg among them. ``read`` raises OSError for a file that is not there.
    ``roots``             the folders that absolute imports start from, in order; ``""`` is the project's root
    ``migration``         plain values, ``unfork_codemods.plan.Migration``
    ``external``          top-level packages that are known to be outside: declared, installed, or listed. The standard
                          library need not be said. None: whatever is not in the project is taken to be outside.
    ``rewrites``          the edits of each file that changes, as they apply to the stored bytes, and the files that go
    ``quick``             the files that ``Verifier.quick`` accepted, with what it returned: they are not read again
    ``complete``          whether the run claims that nothing is left: then nobody may still load a redirected module
    ``candidates``        files that have the last segment of one of the migration's modules, where that is known already

What comes out
    ``Violation``s: where (a place in the text *before* where there is one, else in the text after), why, and ``blame``:
    the changed or removed files whose rewrite has to be taken back. ``blame`` is empty where nothing that was written
    is wrong, and the run only claims too much (``complete``): then the violation is a finding, and no more.

    The caller takes the blamed files back (their edits leave ``Rewrites``, a finding takes their place), concludes anew
    what rested on them, and asks again; each round costs the files concerned, for what is known of the project before
    is kept in the verifier. It ends, for each round takes at least one file back.

How it works
    ``resolution``   which file an import names: roots, packages, namespace packages, scripts beside their siblings
    ``interpreter``  runs a module's statements over sets of abstract values: which bindings reach each name, in order
    ``values``       what those sets hold: definitions, modules, what is outside, and "not bound"
    ``world``        what names of other modules are: one state of the tree, before or after
    ``counterparts`` which value may take the place of which, by the migration
    ``pairing``      the text before beside the text after: each reference with its successor
    ``quick``        files in which only ``from`` imports of objects changed: no scopes needed
    ``replacements`` what tests replace (mock, monkeypatch, stores, ``sys.modules``), and who reads it
    ``verifier``     all of that for a tree
"""

from __future__ import annotations

from unfork.verification.verifier import FileReport, Moves, Rewrites, Verifier, Violation

__all__ = ["FileReport", "Moves", "Rewrites", "Verifier", "Violation"]
