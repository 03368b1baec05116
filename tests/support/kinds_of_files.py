"""A small project that names one legacy module in every kind of file: marks say what is to be listed, and as what.

``«shop.billing.legacy»`` is a mention. A text without a mark names nothing. ``→`` in a mark leads to what the note says
of it; without it, the note says that the module is now the canonical one.
"""

from __future__ import annotations

import json
import re

MIGRATION = """[migration]
name = "billing"
[[redirect]]
from = "shop.billing.legacy"
to = "shop.billing.invoice"
[redirect.names]
InvoiceV2 = "Invoice"
"""
SOURCES = {
    "src/shop/__init__.py": "",
    "src/shop/billing/__init__.py": "",
    "src/shop/billing/legacy.py": "class InvoiceV2:\n    pass\n\n\ndef main():\n    return 0\n",
    "src/shop/billing/invoice.py": "class Invoice:\n    pass\n\n\ndef main():\n    return 0\n",
}
MODULE = "is now shop.billing.invoice"
FILE = "is now src/shop/billing/invoice.py"
STEM = "is now src/shop/billing/invoice"
NAME = "is now shop.billing.invoice.Invoice"
MAIN = "is now shop.billing.invoice.main"

REWRITTEN = {
    "pyproject.toml": (
        '[project]\nname = "shop"\nversion = "1"\n[project.scripts]\nbill = "shop.billing.legacy:main"  # old\n',
        '[project]\nname = "shop"\nversion = "1"\n[project.scripts]\nbill = "shop.billing.invoice:main"  # old\n',
    ),
    "setup.cfg": (
        "[options.entry_points]\nconsole_scripts =\n    bill = shop.billing.legacy:main\n",
        "[options.entry_points]\nconsole_scripts =\n    bill = shop.billing.invoice:main\n",
    ),
    "setup.py": (
        'from setuptools import setup\n\nsetup(entry_points={"a.b": ["c = shop.billing.legacy:InvoiceV2"]})\n',
        'from setuptools import setup\n\nsetup(entry_points={"a.b": ["c = shop.billing.invoice:Invoice"]})\n',
    ),
    "src/shop/app.py": (
        "import importlib\nfrom shop.billing.legacy import main\nimportlib.import_module('shop.billing.legacy')\n",
        "import importlib\nfrom shop.billing.invoice import main\nimportlib.import_module('shop.billing.invoice')\n",
    ),
    "tests/conftest.py": (
        'pytest_plugins = ["shop.plugin"]\nimport pytest\nlegacy = pytest.importorskip("shop.billing.legacy").main\n',
        'pytest_plugins = ["shop.plugin"]\nimport pytest\nlegacy = pytest.importorskip("shop.billing.invoice").main\n',
    ),
    "stubs/use.pyi": (
        "from shop.billing.legacy import InvoiceV2\n\ndef bill() -> InvoiceV2: ...\n",
        "from shop.billing.invoice import Invoice\n\ndef bill() -> Invoice: ...\n",
    ),
}

LISTED = {
    "Dockerfile": 'COPY . .\nCMD ["python", "-m", "«shop.billing.legacy»"]\n',
    "docker-compose.yml": "services:\n  app:\n    command: python -m «shop.billing.legacy»\n",
    "Makefile": "run:\n\tpython -m «shop.billing.legacy»\n\tpython «src/shop/billing/legacy.py→F»\n",
    "justfile": "run:\n    python -m «shop.billing.legacy»\n",
    "Procfile": "web: gunicorn «shop.billing.legacy:main→A»\n",
    "Jenkinsfile": "sh 'python -m «shop.billing.legacy»'\n",
    "Vagrantfile": 'config.vm.provision "shell", inline: "python -m «shop.billing.legacy»"\n',
    "BUILD": 'py_binary(srcs = ["«src/shop/billing/legacy.py→F»"], deps = ["//«src/shop/billing:legacy→S»"])\n',
    "BUILD.bazel": 'py_library(name = "x", srcs = ["«src/shop/billing/legacy.py→F»"])\n',
    "src/shop/billing/BUILD": 'py_library(name = "legacy", srcs = ["«legacy.py→F»"])\n',
    "WORKSPACE": "# «shop.billing.legacy»\n",
    "CODEOWNERS": "/«src/shop/billing/legacy.py→F» @billing\n",
    ".github/CODEOWNERS": "*.py @all\n«src/shop/billing/legacy.py→F» @billing\n",
    ".github/workflows/ci.yml": "jobs:\n  t:\n    steps:\n      - run: pytest «src/shop/billing/legacy.py→F»\n",
    ".gitlab-ci.yml": "test:\n  script:\n    - python -m «shop.billing.legacy»\n",
    ".circleci/config.yml": "run: python -m «shop.billing.legacy»\n",
    ".travis.yml": "script: python -m «shop.billing.legacy»\n",
    "azure-pipelines.yml": "- script: python -m «shop.billing.legacy»\n",
    ".pre-commit-config.yaml": "exclude: ^«src/shop/billing/legacy.py→F»$\n",
    ".pre-commit-exclude.yaml": "exclude: ^«src/shop/billing/legacy\\.py→F»$\n",
    "codecov.json": '{"ignore": ["«shop\\\\.billing\\\\.legacy»", "«src/shop/billing/legacy\\\\.py→F»"]}\n',
    ".coveragerc": "[run]\nomit =\n    */«billing/legacy.py→F»\n",
    ".flake8": "[flake8]\nper-file-ignores =\n    «src/shop/billing/legacy.py→F»:E501\n",
    ".pylintrc": "[MASTER]\nignore-paths=«src/shop/billing/legacy.py→F»\n",
    ".importlinter": "[importlinter:contract:1]\nforbidden_modules =\n    «shop.billing.legacy»\n",
    ".isort.cfg": "[settings]\nskip=«src/shop/billing/legacy.py→F»\n",
    "mypy.ini": "[mypy-«shop.billing.legacy»]\nignore_errors = True\n",
    "pytest.ini": "[pytest]\naddopts = -p «shop.billing.legacy»\n",
    "tox.ini": "[testenv]\ncommands = python -m «shop.billing.legacy»\n",
    "noxfile.cfg": "bill = «shop.billing.legacy»\n",
    "ruff.toml": '[lint.per-file-ignores]\n"«src/shop/billing/legacy.py→F»" = ["E501"]\n',
    ".bumpversion.cfg": "[bumpversion:file:«src/shop/billing/legacy.py→F»]\n",
    "pyrightconfig.json": '{"exclude": ["«src/shop/billing/legacy.py→F»"]}\n',
    "package.json": '{"scripts": {"bill": "python -m «shop.billing.legacy»"}}\n',
    "escaped.json": '{"text": "see\\n«shop.billing.legacy»", "path": "«src\\/shop\\/billing\\/legacy.py→F»"}\n',
    ".vscode/launch.json": '{"module": "«shop.billing.legacy»"}\n',
    ".vscode/settings.json": '{"x": "«shop.billing.legacy.InvoiceV2→N»"}\n',
    ".idea/bill.xml": '<option name="MODULE" value="«shop.billing.legacy»" />\n',
    ".env": "APP_MODULE=«shop.billing.legacy»\n",
    ".envrc": "export APP=«shop.billing.legacy:main→A»\n",
    "deploy/app.service": "ExecStart=/usr/bin/python -m «shop.billing.legacy»\n",
    "deploy/uwsgi.ini": "module = «shop.billing.legacy:main→A»\n",
    "deploy/supervisord.conf": "command=python -m «shop.billing.legacy»\n",
    "deploy/crontab": "0 1 * * * python -m «shop.billing.legacy»\n",
    "deploy/nginx.conf": "# see «src/shop/billing/legacy.py→F»\n",
    "deploy/main.tf": 'handler = "«shop.billing.legacy.main→A»"\n',
    "deploy/serverless.yml": "handler: «src/shop/billing/legacy→S».main\n",
    "deploy/chart/values.yaml": "module: «shop.billing.legacy»\n",
    "deploy/logging.properties": "logger.bill=«shop.billing.legacy»\n",
    "deploy/settings.ini": "[loggers]\nkeys=«shop.billing.legacy»\n",
    "bin/run.sh": "#!/bin/sh\npython -c 'from «shop.billing.legacy» import «InvoiceV2→N»'\n",
    "bin/bill": "#!/usr/bin/env bash\nexec python -m «shop.billing.legacy»\n",
    "bin/bill.bat": "python «src\\shop\\billing\\legacy.py→F»\r\npython -m «shop.billing.legacy»\r\n",
    "bin/bill.ps1": "python -m «shop.billing.legacy»\n",
    "templates/app.j2": "{% set module = '«shop.billing.legacy»' %}\n",
    "templates/page.html": "<code>«shop.billing.legacy»</code>\n",
    "templates/mail.mako": "<%! from shop.billing import «legacy» %>\n",
    "ext/fast.pyx": "from «shop.billing.legacy» import main\n",
    "ext/fast.c": 'PyImport_ImportModule("«shop.billing.legacy»");\n',
    "ext/lib.rs": 'py.import("«shop.billing.legacy»")?;\n',
    "MANIFEST.in": "include «src/shop/billing/legacy.py→F»\n",
    "requirements.txt": "# for «shop.billing.legacy»\nrequests\n",
    "README.md": "Use `«shop.billing.legacy.InvoiceV2→N»`, not `«legacy.py→-»`.\n".replace(
        "«legacy.py→-»", "legacy.py"
    ),
    "docs/api.rst": ".. automodule:: «shop.billing.legacy»\n\n:class:`~«shop.billing.legacy.InvoiceV2→N»`\n",
    "docs/guide.adoc": "See `«shop.billing.legacy»`.\n",
    "docs/graph.dot": '"«shop.billing.legacy»" -> "shop"\n',
    "docs/paper.tex": "\\texttt{«shop.billing.legacy»}\n",
    "mkdocs.yml": "nav:\n  - Billing: ::: «shop.billing.legacy»\n",
    "locale/de.po": '#: «src/shop/billing/legacy.py→F»:3\nmsgid "x"\n',
    "data/jobs.csv": "job,module\nbill,«shop.billing.legacy»\n",
    "data/jobs.sql": "INSERT INTO job VALUES ('«shop.billing.legacy.main→A»');\n",
    "data/fixture.xml": "<job>«shop.billing.legacy»</job>\n",
    "src/shop/settings.py": 'APPS = ["«shop.billing.legacy»"]  # «shop.billing.legacy.InvoiceV2→N»\n',
}
SILENT = {
    "other.json": '{"a": "shop.billing.legacy_tools", "b": "other.billing.legacy", "c": "shop.billing.invoice"}\n',
    "docs/legacy.md": "A legacy module in shop.billing, or billing/legacy.html, legacy.py.\n",
    "LICENSE": "Legacy of the shop.\n",
    "old.toml": '[migration]\nname = "old"\n[[redirect]]\nfrom = "shop.billing.legacy"\nto = "shop.billing.invoice"\n',
    "data/blob.bin": "\0\0shop.billing.legacy",
    "data/large.csv": "shop.billing.legacy," + "x" * (1 << 20),
    "src/shop/exports.py": "from shop.billing.invoice import Invoice as InvoiceV2\n\n__all__ = ['InvoiceV2']\n",
}
_MARK = re.compile("«([^«»→]*)(?:→([A-Z]))?»")
_NOW = {None: MODULE, "F": FILE, "S": STEM, "N": NAME, "A": MAIN}


def unmarked(text: str) -> str:
    """Return a text without its marks."""
    return _MARK.sub(lambda match: match[1], text)


def expected_mentions() -> set[tuple[str, int, int, str]]:
    """Return the places that are to be listed, with their messages."""
    places = set()
    for path, text in LISTED.items():
        for number, line in enumerate(text.split("\n"), 1):
            for match in _MARK.finditer(line):
                col = len(unmarked(line[: match.start()])) + 1
                places.add((path, number, col, f"{match[1]} {_NOW[match[2]]}"))
    return places


def project_files() -> dict[str, bytes]:
    """Return the files of the project before the migration."""
    texts = {**SOURCES, **{path: before for path, (before, _) in REWRITTEN.items()}, **SILENT}
    texts |= {path: unmarked(text) for path, text in LISTED.items()}
    return {path: text.encode() for path, text in texts.items()}


def listed_in(output: str) -> set[tuple[str, int, int, str]]:
    """Return the mentions in the JSON output of a run."""
    notes = json.loads(output)["notes"]
    return {
        (n["path"], n["line"], n["column"], n["message"]) for n in notes if n["code"] == "UF005"
    }
