"""The whole suite under each Python that is installed: ``make test-all``, or ``nox --session tests-3.13``."""

from __future__ import annotations

import nox

nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "venv"


@nox.session(python=["3.11", "3.12", "3.13", "3.14", "3.15"])
def tests(session: nox.Session) -> None:
    """Run the tests; what stands behind ``--`` is passed on to pytest."""
    pyproject = nox.project.load_toml("pyproject.toml")
    session.install("--upgrade", "pip>=25.1")
    session.install("--editable", ".")
    session.install(*nox.project.dependency_groups(pyproject, "dev"))
    session.run("pytest", "--numprocesses", "auto", *session.posargs)
