"""Names whose bytes in a file differ from their usual spelling, so that a search of its bytes misses them.

A file may declare an encoding in which text differs from its bytes (``raw_unicode_escape``, ``utf_7``). And
Python treats identifiers that are equal after normalization as the same name: PEP 3131, NFKC.
"""

from __future__ import annotations

import re
from functools import lru_cache

_COOKIE = rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"
_PROBE = b"\\u006f \\x6f +AG8- ~{ \\N{DIGIT ONE}"
_BOM = b"\xef\xbb\xbf"


def normalized_text(data: bytes) -> bytes:
    """Return a file's text in UTF-8 with normalized names; the bytes themselves if that changes nothing.

    Text that cannot be decoded stays as it is: the code that reads the file reports the error.
    """
    encoding = _non_ascii_encoding(data)
    if encoding is None and data.isascii():
        return data
    try:
        text = data.decode(encoding or "utf-8")
    except (UnicodeError, LookupError, ValueError):
        return data
    from unicodedata import is_normalized, normalize  # imported late: most files are pure ASCII

    if not is_normalized("NFKC", text):
        text = normalize("NFKC", text)
    return text.encode(errors="surrogatepass")


def _non_ascii_encoding(data: bytes) -> str | None:
    """Return the encoding that a file declares (PEP 263), if it encodes ASCII characters differently."""
    first = data.find(b"\n") + 1
    second = data.find(b"\n", first) + 1 if first else 0
    if data.find(b"coding", 0, second or len(data)) < 0:
        return None
    for line in data.removeprefix(_BOM).split(b"\n", 2)[:2]:
        if cookie := re.match(_COOKIE, line):
            name = cookie[1].decode("ascii", "replace")
            return name if _is_odd(name) else None
    return None


@lru_cache
def _is_odd(encoding: str) -> bool:
    try:
        return _PROBE.decode(encoding) != _PROBE.decode("ascii")
    except LookupError:  # unknown, or not a text encoding
        return False
    except (UnicodeError, ValueError):
        return True
