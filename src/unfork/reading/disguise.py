"""Names that do not stand in a file as they are written elsewhere, so that no search of its bytes finds them.

A file may name an encoding in which text is not what its bytes look like (``raw_unicode_escape``, ``utf_7``). And
Python takes identifiers that are equal once they are normalized for the same name: PEP 3131, NFKC.
"""

from __future__ import annotations

import re
from functools import lru_cache

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_PROBE = b"\\u006f \\x6f +AG8- ~{ \\N{DIGIT ONE}"
_BOM = b"\xef\xbb\xbf"


def normalized_text(data: bytes) -> bytes:
    """Return a file's text in UTF-8, its names normalized; the bytes themselves where that changes nothing.

    What cannot be decoded stays as it is: whoever reads the file says so.
    """
    encoding = _non_ascii_encoding(data)
    if encoding is None and data.isascii():
        return data
    try:
        text = data.decode(encoding or "utf-8")
    except (UnicodeError, LookupError, ValueError):
        return data
    from unicodedata import is_normalized, normalize  # late: most files have nothing but ASCII

    if not is_normalized("NFKC", text):
        text = normalize("NFKC", text)
    return text.encode(errors="surrogatepass")


def _non_ascii_encoding(data: bytes) -> str | None:
    """Return the encoding that a file names (PEP 263), where it is one that has ASCII look like something else."""
    first = data.find(b"\n") + 1
    second = data.find(b"\n", first) + 1 if first else 0
    if data.find(b"coding", 0, second or len(data)) < 0:
        return None
    for line in data.removeprefix(_BOM).split(b"\n", 2)[:2]:
        if cookie := _COOKIE.match(line):
            name = cookie[1].decode("ascii", "replace")
            return name if _is_odd(name) else None
    return None


@lru_cache
def _is_odd(encoding: str) -> bool:
    try:
        return _PROBE.decode(encoding) != _PROBE.decode("ascii")
    except LookupError:  # there is none of the name, or none of text
        return False
    except (UnicodeError, ValueError):
        return True
