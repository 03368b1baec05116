"""What a redirect says about calls: members and arguments that have other names in the canonical function or class.

[redirect.calls]
"Engine"         = { rename = { pool_size = "max_workers" }, drop = ["legacy_mode"] }
"Engine.run_job" = { to = "submit", rename = { attempts = "retries" }, add = { mode = "'sync'" } }
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unfork_codemods.step import NO_LINES


class CallChange(NamedTuple):
    """How one function, constructor or member changes: the member's new name, and what becomes of its arguments.

    ``rename`` maps parameters to their new names, ``add`` maps new keyword arguments to literals, as Python source.
    """

    to: str | None = None
    rename: Mapping[str, str] = NO_LINES
    drop: tuple[str, ...] = ()
    add: Mapping[str, str] = NO_LINES

    @property
    def changes_arguments(self) -> bool:
        """Whether more than the name changes."""
        return bool(self.rename or self.drop or self.add)


Calls = Mapping[str, CallChange]
"""Changes by the legacy name: of a function or class, or of a member as ``Class.member``."""


def changes_of(calls: Calls, name: str) -> dict[str, CallChange]:
    """Return the changes that concern one function or class: its own under the empty name, and those of its members."""
    owned = ((key.partition("."), change) for key, change in calls.items())
    return {member: change for (owner, _, member), change in owned if owner == name}
