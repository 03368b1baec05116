"""The independent verifier: reads the tree as it will be, by its own account of Python, and says what would break.

It is written from the language reference and shares nothing with the planner that decides: only the parsing
(``Source``), the edits and the plain values of a migration. It knows no index, no scopes and no codemods of ours.

    verifier = Verifier(paths, read, roots, migration, external)
    moves = verifier.quick(before, edits)            # in a worker, behind the rewrite of one file; None: not enough
    rewrites = Rewrites(edits, removed)              # by path: small values that can be sent to other processes
    report = verifier.file(path, rewrites, sources)  # in a worker: one file, in full; its texts, if they are parsed
    violations = verifier.verify(rewrites, quick={path: moves, ...}, reports={path: report, ...}, complete=covered)

What goes in
    ``paths``, ``read``   the project before: its Python files (``.py``, ``.pyi``; others are dropped) and how to get
                          the bytes of any file, pyproject.toml and setup.cfg among them. ``read`` raises OSError for
                          a file that is not there; it has to be picklable if the verifier is to be sent to a worker.
    ``roots``             the folders that absolute imports start from, in order; ``""`` is the project's root
    ``migration``         plain values, ``unfork_codemods.migration.Migration``
    ``external``          top-level packages that are known to be outside: declared, installed, or listed. The standard
                          library need not be said. An import of anything else resolves to nothing: it may be repaired,
                          and must not be written. None: whatever is not in the project is taken to be outside.
    ``before, edits``     of ``quick``: the file's ``Source``, or its head (``Source.head``), and the edits of its text
    ``rewrites``          the edits of each file that changes, as they apply to the stored bytes, and the files that go.
                          What is known of the tree after is kept as long as the same object is passed: in a worker,
                          unpickle it once a round.
    ``quick``             the files that ``Verifier.quick`` accepted, with what it returned: they are not read again
    ``reports``           those that ``Verifier.file`` has read already
    ``complete``          the files in which the run claims that nothing is left: they may not load a redirected module
    ``candidates``        the files that have the last segment of one of the migration's modules, be it only as a word,
                          where that is known (``named`` and ``worded`` of the prefilter); else all are
                          searched

What comes out
    ``Violation``s: where (a place in the text *before* where there is one, else in the text after), why, and ``blame``:
    the changed or removed files whose rewrite has to be taken back. ``blame`` is empty where nothing that was written
    is wrong, and the run only claims too much (``complete``): then the violation is a finding, and no more.

    The caller takes the blamed files back (their edits leave ``Rewrites``, a finding takes their place), concludes anew
    what rested on them, and asks again; each round costs the files concerned, for what is known of the project before
    is kept in the verifier. It ends, for each round takes at least one file back.

How it works
    ``resolution``    which file an import names: roots, packages, namespace packages, scripts beside their siblings
    ``machine``       the state of a run over a module's statements: which values each name may have, in order
    ``statements``, ``branches``, ``expressions``, ``symbols``   what they do to it
    ``calls``, ``texts``   calls that name modules by strings, and what texts expressions are
    ``public``        ``__all__``
    ``values``        what a name may be: definitions, modules, what is outside, and "not bound"
    ``tree_state``         what names of other modules are: one state of the tree, before or after; ``states`` has both
    ``counterparts``  which value may take the place of which, by the migration
    ``pairing``       the text before beside the text after: each reference with its successor
    ``files``         one file: its references, imports, what it offers others, what it takes and replaces
    ``quick``         files in which only imports changed, and uses of the modules that they bind: no scopes are needed
    ``rows``, ``quick_uses``   imports in a row and what edits make of them; uses of a module by its attributes
    ``fresh``         what only the new text has: names that may not be bound, detours
    ``shims``, ``forwards``   what a module offered and did when imported, and its shim still has to
    ``replacements``  what tests replace (mock, monkeypatch, stores, ``sys.modules``), and who reads it
    ``interest``, ``naming``   what need not be looked at, for it has no word of interest
    ``import_time``   names that a cycle asks for too early; ``entry_points`` those of pyproject.toml and setup.cfg
"""

from __future__ import annotations

from unfork.verification.facts import FileReport, Moves, Rewrites, Violation
from unfork.verification.verifier import Verifier

__all__ = ["FileReport", "Moves", "Rewrites", "Verifier", "Violation"]
