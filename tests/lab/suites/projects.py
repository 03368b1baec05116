"""The projects whose own test suites are run, each at a fixed release, and how to run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Project:
    """One project.

    ``package`` is the folder of its package; imports in the folders ``tests`` count too. ``command`` runs the suite in
    ``folder``, where ``{python}`` is its interpreter; ``options`` and the ``chosen`` tests follow. ``errors`` says that
    the project turns warnings into errors, so that those of the legacy modules have to be filtered, ``subset`` what is
    left out, and why, ``roots`` what the migration lists where the usual ones would not do. ``modules`` and ``names``
    (``module.name``) overrule the counting of importers.
    """

    release: str
    package: str
    requirements: tuple[str, ...]
    tests: tuple[str, ...] = ("tests",)
    command: tuple[str, ...] = ("{python}", "-m", "pytest", "-q", "--tb=short")
    folder: str = "."
    options: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    extras: str = ""
    roots: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    errors: bool = False
    subset: str = ""
    unittest: bool = False
    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as it is spelled on the package index."""
        return self.release.split("==")[0]

    @property
    def top(self) -> str:
        """The name of its package."""
        return self.package.rsplit("/", 1)[-1]


PYTEST = "pytest==8.4.2"

PROJECTS = (
    Project("Jinja2==3.1.6", "src/jinja2", (PYTEST, "trio"), errors=True),
    Project(
        "Werkzeug==3.1.9",
        "src/werkzeug",
        (PYTEST, "pytest-timeout", "cffi", "cryptography", "ephemeral-port-reserve", "watchdog"),
        options=("-m", "not dev_server"),
        errors=True,
        subset="without the tests marked `dev_server`, which start servers and wait for them",
    ),
    Project(
        "httpx==0.28.1",
        "httpx",
        (PYTEST, "chardet==5.2.0", "click==8.1.8", "cryptography", "trio", "trustme", "uvicorn"),
        extras="[brotli,cli,http2,socks,zstd]",
        options=("-m", "not network"),
        errors=True,
        subset="without the tests marked `network`",
    ),
    Project(
        "celery==5.7.0",
        "celery",
        (
            PYTEST,
            "pytest-celery",
            "pytest-click",
            "pytest-order",
            "pytest-rerunfailures",
            "pytest-subtests",
            "pytest-timeout",
            "cryptography",
            "freezegun",
            "msgpack",
            "pydantic",
            "pymongo",
            "PyYAML",
            "redis",
            "SQLAlchemy",
        ),
        tests=("t",),
        options=tuple(
            f"--ignore=t/unit/backends/test_{backend}.py"
            for backend in ("azureblockblob", "dynamodb", "gcs", "s3")
        ),
        chosen=("t/unit",),
        subset="`t/unit` without the tests of four backends that need a cloud's library",
    ),
    Project("attrs==26.1.0", "src/attr", (PYTEST, "hypothesis", "cloudpickle", "pympler")),
    Project("click==8.5.1", "src/click", (PYTEST,), errors=True),
    Project(
        "Flask==3.1.3", "src/flask", (PYTEST, "asgiref", "greenlet", "python-dotenv"), errors=True
    ),
    Project("WebOb==1.8.9", "src/webob", (PYTEST, "legacy-cgi; python_version>='3.13'")),
    Project("WTForms==3.2.1", "src/wtforms", (PYTEST, "email_validator", "babel")),
    Project("mistune==3.1.4", "src/mistune", (PYTEST,), errors=True),
    Project("oauthlib==3.3.1", "oauthlib", (PYTEST, "blinker", "cryptography", "pyjwt")),
    Project(
        "structlog==25.5.0",
        "src/structlog",
        (
            PYTEST,
            "freezegun",
            "pretend",
            "pytest-asyncio",
            "rich",
            "simplejson",
            "time-machine",
        ),
    ),
    Project("h2==4.3.0", "src/h2", (PYTEST, "hypothesis")),
    Project("pyparsing==3.2.5", "pyparsing", (PYTEST, "railroad-diagrams", "jinja2")),
    Project("marshmallow==3.26.1", "src/marshmallow", (PYTEST, "simplejson")),
    Project("parso==0.8.5", "parso", (PYTEST,), tests=("test",), errors=True),
    Project("Mako==1.3.10", "mako", (PYTEST,), tests=("test",)),
    Project(
        "falcon==4.1.0",
        "falcon",
        (
            PYTEST,
            "PyYAML",
            "aiofiles",
            "daphne",
            "httpx",
            "jsonschema",
            "msgpack",
            "mujson",
            "pytest-asyncio",
            "requests",
            "testtools",
            "ujson",
            "uvicorn",
            "websockets",
        ),
        errors=True,
    ),
    Project("babel==2.17.0", "babel", (PYTEST, "freezegun", "pytz")),
    Project("sqlparse==0.5.3", "sqlparse", (PYTEST,)),
    Project("dnspython==2.7.0", "dns", (PYTEST,), env={"NO_INTERNET": "1"}),
    Project("lark==1.2.2", "lark", (PYTEST, "regex")),
    Project("boltons==25.0.0", "boltons", (PYTEST,)),
    Project("packaging==25.0", "src/packaging", (PYTEST, "pretend")),
    Project("pyflakes==3.4.0", "pyflakes", (PYTEST,), tests=("pyflakes/test",)),
    Project("tornado==6.5.2", "tornado", (PYTEST,), tests=("tornado/test",)),
    Project("tomlkit==0.13.3", "tomlkit", (PYTEST, "PyYAML")),
    Project("pycparser==2.22", "pycparser", (PYTEST,)),
    Project("Markdown==3.9", "markdown", (PYTEST, "PyYAML", "Pygments")),
    Project("jsonschema==4.25.1", "jsonschema", (PYTEST,), tests=("jsonschema/tests",)),
    Project("itsdangerous==2.2.0", "src/itsdangerous", (PYTEST, "freezegun"), errors=True),
    Project("beautifulsoup4==4.14.3", "bs4", (PYTEST, "lxml", "html5lib"), tests=("bs4/tests",)),
    Project("prompt_toolkit==3.0.52", "src/prompt_toolkit", (PYTEST,)),
    Project("Pygments==2.19.2", "pygments", (PYTEST, "wcag-contrast-ratio")),
    Project(
        "networkx==3.5",
        "networkx",
        (PYTEST,),
        tests=(),
        chosen=("networkx/classes", "networkx/utils", "networkx/generators", "networkx/readwrite"),
        subset="`classes`, `utils`, `generators` and `readwrite`",
    ),
    Project("stevedore==5.10.0", "stevedore", (PYTEST, "sphinx"), tests=("stevedore/tests",)),
    Project(
        "bandit==1.9.4",
        "bandit",
        (
            PYTEST,
            "beautifulsoup4",
            "fixtures",
            "testscenarios",
            "testtools",
            "GitPython",
            "jschema-to-python",
            "sarif-om",
        ),
        options=("--ignore=tests/functional/test_runtime.py",),
        chosen=("tests",),
    ),
    Project(
        "cattrs==26.2.1",
        "src/cattrs",
        (PYTEST, "pytest-benchmark", "pytest-xdist", "hypothesis", "immutables"),
        chosen=("tests",),
        options=("-n", "2"),
    ),
    Project(
        "cookiecutter==2.7.1",
        "cookiecutter",
        (PYTEST, "freezegun", "pytest-cov", "pytest-mock"),
        options=("-o", "addopts="),
    ),
    Project(
        "djangorestframework==3.18.3",
        "rest_framework",
        (
            "pytest==9.0.1",
            "pytest-django",
            "dj-database-url",
            "importlib-metadata<10",
            "setuptools",
            "PyYAML",
            "django-filter",
            "coreapi",
            "coreschema",
            "uritemplate",
            "inflection",
            "markdown",
            "pygments",
            "legacy-cgi; python_version>='3.13'",
        ),
    ),
    Project(
        "google-api-core==2.44.0",
        "google",
        (
            PYTEST,
            "pytest-asyncio",
            "grpcio",
            "grpcio-status",
            "google-auth",
            "requests",
            "proto-plus",
            "opentelemetry-sdk",
            "aiohttp",
            "pytest-cov",
            "mock",
        ),
        errors=True,
    ),
    Project(
        "invoke==3.0.3", "invoke", ("pytest<8", "pytest-relaxed", "icecream"), chosen=("tests",)
    ),
    Project(
        "kombu==5.7.0",
        "kombu",
        (
            PYTEST,
            "hypothesis<7",
            "pytest-freezer",
            "Pyro4",
            "redis",
            "SQLAlchemy",
            "msgpack",
            "PyYAML",
            "boto3",
            "urllib3",
            "pymongo",
            "botocore",
        ),
        tests=("t",),
        chosen=("t/unit",),
    ),
    Project(
        "mkdocs==1.6.1",
        "mkdocs",
        (PYTEST, "babel"),
        tests=("mkdocs/tests",),
        chosen=("mkdocs/tests",),
        options=("-o", "python_files=*_tests.py"),
    ),
    Project(
        "astroid==4.3.4",
        "astroid",
        (PYTEST, "numpy", "python-dateutil", "attrs", "pylint"),
        errors=True,
    ),
    Project(
        "pyramid==2.1",
        "src/pyramid",
        (PYTEST, "webtest", "zope.component", "pytest-xdist"),
        options=("-n", "2"),
    ),
    Project(
        "trio==0.35.0",
        "src/trio",
        (
            PYTEST,
            "astor",
            "async_generator",
            "trustme",
            "pyopenssl",
            "jedi",
            "pylint",
            "cryptography",
        ),
        tests=("src/trio/_tests",),
        options=("-m", "not redistributors_should_skip"),
        chosen=("src/trio",),
        errors=True,
    ),
    Project(
        "starlette==1.10.0",
        "starlette",
        (
            "pytest==9.1.1",
            "anyio",
            "trio",
            "httpx2",
            "itsdangerous",
            "jinja2",
            "python-multipart",
            "pyyaml",
            "blockbuster",
        ),
        errors=True,
    ),
    Project(
        "traitlets==5.16.1",
        "traitlets",
        (PYTEST, "argcomplete", "mypy>=2.0", "pytest-mock", "pytest-mypy-testing"),
        chosen=("tests",),
        options=("--ignore=tests/test_typing.py",),
        subset="without `tests/test_typing.py`, which runs a type checker",
    ),
    Project(
        "supervisor==4.3.0",
        "supervisor",
        (PYTEST, "setuptools<80"),
        tests=("supervisor/tests",),
        chosen=("supervisor/tests",),
    ),
    Project(
        "APScheduler==3.11.3",
        "src/apscheduler",
        (PYTEST, "pytest-timeout", "anyio", "pytz", "SQLAlchemy", "tornado", "twisted", "gevent"),
        options=("-m", "not external_service"),
    ),
    Project(
        "anyio==4.16.0",
        "src/anyio",
        (
            "pytest==9.1.1",
            "blockbuster",
            "hypothesis",
            "psutil",
            "pytest-mock",
            "pytest-timeout",
            "trustme",
            "truststore",
            "trio",
            "coverage",
            "exceptiongroup",
        ),
        options=("-m", "not network"),
        errors=True,
    ),
    Project(
        "sqlglot==30.30.0",
        "sqlglot",
        (PYTEST, "pandas", "duckdb", "python-dateutil", "pytz"),
        chosen=("tests",),
    ),
    Project(
        "Flask-Security==5.9.2",
        "flask_security",
        (
            PYTEST,
            "Flask-SQLAlchemy",
            "email-validator",
            "argon2_cffi",
            "bcrypt",
            "Flask-Mailman",
            "Flask-Babel",
            "Flask-WTF",
            "webauthn",
            "qrcode",
            "phonenumberslite",
            "peewee",
            "pony",
            "freezegun",
            "authlib",
            "zxcvbn",
            "setuptools",
        ),
        chosen=("tests",),
    ),
    Project(
        "rdflib==7.6.0",
        "rdflib",
        (PYTEST, "pytest-cov", "html5rdf", "lxml", "networkx"),
        tests=("test",),
        chosen=(
            "test/test_graph",
            "test/test_namespace",
            "test/test_parsers",
            "test/test_serializers",
            "test/test_sparql",
            "test/test_store",
            "test/test_util.py",
        ),
    ),
    Project(
        "Sphinx==9.0.4",
        "sphinx",
        (
            "pytest==9.0.1",
            "pytest-xdist",
            "cython",
            "defusedxml",
            "setuptools",
            "typing_extensions",
        ),
        options=("-n", "2"),
        errors=True,
    ),
    Project(
        "Django==5.2.19",
        "django",
        ("jinja2", "PyYAML", "tzdata", "docutils", "Pillow"),
        command=(
            "{python}",
            "runtests.py",
            "--settings=django_recorder",
            "--parallel=1",
            "--verbosity=0",
        ),
        folder="tests",
        roots=(".", "tests"),
        chosen=(
            "basic",
            "check_framework",
            "dispatch",
            "forms_tests",
            "generic_views",
            "invalid_models_tests",
            "middleware",
            "model_forms",
            "sessions_tests",
            "signing",
            "template_tests",
            "test_utils",
            "timezones",
            "urlpatterns_reverse",
            "utils_tests",
            "validators",
        ),
        unittest=True,
        subset="16 of its test packages, on SQLite",
    ),
)
