"""The migrations that are run: nothing to change, 3 files, 2,180 files, and many redirects."""

from __future__ import annotations

from pathlib import Path

SPARSE = "homeassistant.helpers.temperature"
SPARSE_TO = "homeassistant.helpers.degrees"
DENSE = "homeassistant.helpers.entity_platform"
DENSE_TO = "homeassistant.helpers.platforms"
GONE = "homeassistant.helpers.entity_platform_legacy"  # is not there, and no text names it
COMMON = "homeassistant.helpers.sensor"  # is not there either, but its last word is in many files

COPIES = {
    f"{source.replace('.', '/')}.py": f"{copy.replace('.', '/')}.py"
    for source, copy in ((SPARSE, SPARSE_TO), (DENSE, DENSE_TO))
}
"""Files of the corpus that are copied, so that there is a canonical module to redirect to."""

CONFIGURED = '\n[tool.unfork]\nmigrations = ["migrations/sparse.toml"]\n'
"""What the corpus's pyproject.toml gets, for the hook."""

MANY = 500
_HEAD = '[migration]\nname = "{name}"\nsummary = "A benchmark"\n'
_REDIRECT = '[[redirect]]\nfrom = "{source}"\nto = "{target}"\n'
_SYLLABLES = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo")


def write_migrations(folder: Path) -> None:
    """Write the migration files."""
    folder.mkdir(parents=True, exist_ok=True)
    others = [(f"homeassistant.helpers.{word}", DENSE_TO) for word in _words(MANY - 1)]
    files = {
        "nothing": [(GONE, DENSE_TO)],
        "common": [(COMMON, DENSE_TO)],
        "sparse": [(SPARSE, SPARSE_TO)],
        "dense": [(DENSE, DENSE_TO)],
        "many-nothing": [(GONE, DENSE_TO), *others],
        "many-dense": [(DENSE, DENSE_TO), *others],
    }
    for name, redirects in files.items():
        text = _HEAD.format(name=name)
        text += "".join(_REDIRECT.format(source=a, target=b) for a, b in redirects)
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def _words(count: int) -> list[str]:
    """Return names that no text has in it, and that begin with many different letters."""
    words = [a + b + c + "_legacy" for c in _SYLLABLES for b in _SYLLABLES for a in _SYLLABLES]
    return words[:count]
