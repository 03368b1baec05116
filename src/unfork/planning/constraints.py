"""Rules for what files require of each other: each derives constraints that must grow from the results so far."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from unfork.file_kinds import CODE
from unfork.planning.altered_classes import altered_classes_stay
from unfork.planning.compared_modules import compared_modules_stay
from unfork.planning.copies_of_replaced import replaced_names_are_not_copied
from unfork.planning.cycles import Graph, closed_cycles
from unfork.planning.expected_warnings import imports_expected_to_warn_stay
from unfork.planning.files_that_stay import files_that_stay_keep_what_they_share
from unfork.planning.handed_in import classes_handed_in_apart_stay
from unfork.planning.import_effects import acts_of_imports_happen
from unfork.planning.loaded_names import names_loaded_by_strings_stay
from unfork.planning.missing_packages import canonical_modules_can_be_imported
from unfork.planning.module_names import names_of_modules_hold
from unfork.planning.modules_as_values import files_with_modules_as_values
from unfork.planning.repeated_acts import acts_are_done_once
from unfork.planning.replacing import (
    paths_put_together_are_known,
    replaced_names_have_one_binding,
    wrappers_of_patches_are_known,
)
from unfork.planning.settling import Rule, Settling
from unfork.planning.shared_state import (
    definitions_left_keep_what_they_share,
    shared_state_has_one_home,
)
from unfork.planning.shims import (
    shims_are_not_read,
    shims_close_no_cycle,
    shims_have_no_other_name,
    shims_keep_what_is_taken,
    shims_take_what_is_left,
)
from unfork.planning.shown_classes import shown_classes_stay
from unfork.planning.split_state import state_is_not_parted
from unfork.planning.told_apart import classes_told_apart_stay
from unfork.reading.layout import key_of
from unfork.rewriting.constraints import Constraints, ExternalReferences, Name
from unfork_codemods.project import Key, last_segment

_STAR = re.compile(rb"\bimport[\s\\]*\*")
_LISTING = re.compile(rb"\b(?:vars|dir|getmembers)\(|__dict__")
"""What may ask for all names of a module."""


def refused_files_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep a file unchanged if its rewrite was refused; other files may use what it imports."""
    return {
        path: replace(settling.constraints_of(path), unchanged=result.refused)
        for path, result in settling.results.items()
        if result.refused is not None and settling.constraints_of(path).unchanged is None
    }


def names_stay_for_others(settling: Settling) -> dict[str, Constraints]:
    """Keep names that other files take, rename in strings that patch them, and let no new name hide another."""
    results, run = settling.results, settling.run
    hidden = _names_that_hide(settling)
    renamed = {
        (key_of(r.path), old): new
        for r in results.values()
        for old, new in r.renamed
        if new not in hidden.get(key_of(r.path), ())
    }
    repointed = {(key_of(r.path), name) for r in results.values() for name in r.repointed_aliases}
    names = frozenset(name for _, name in renamed.keys() | repointed)
    near = settling.files_taking(names, settling.keys_changed) if names else ()
    handing = files_with_modules_as_values(run, {key for key, _ in renamed}) if renamed else ()
    demands = settling.demands(dict.fromkeys([*near, *handing])) if renamed else {}
    used = _names_in_use(settling, renamed, demands)
    staying = renamed.keys() & used
    if repointed:
        staying |= repointed & _names_used_as_they_are(settling, near)
    keep = dict(_names_kept_by_file(settling, staying))
    follow = dict(_renames_to_follow(renamed, demands, used))
    look = set(near) if repointed else set()
    missed = _names_asked_for_in_vain(settling)
    avoid = {
        path: frozenset(hidden.get(key_of(path), ())) | missed.get(key_of(path), frozenset())
        for path in (results if hidden or missed else ())
    }
    asked = {}
    for path in {*keep, *follow, *look, *avoid, *settling.constraints}:
        known = settling.constraints_of(path)
        if run.covers(path):
            asked[path] = replace(
                known,
                keep=known.keep.union(keep.get(path, ())),
                follow=tuple(sorted(follow.get(path, {}).items())),
                look=known.look or path in look,
                avoid=known.avoid | avoid.get(path, frozenset()),
            )
    return asked


def _names_used_as_they_are(settling: Settling, near: Iterable[str]) -> set[Name]:
    """Return the names used by files that this run does not rewrite."""
    outside = [path for path in near if not settling.run.covers(path)]
    return {name for taken in settling.demands(outside).values() for name in taken.used}


def _names_kept_by_file(
    settling: Settling, staying: Iterable[Name]
) -> Iterator[tuple[str, set[str]]]:
    """Yield each file with the names that others take from it and that it would rename or rebind."""
    stay: dict[Key, set[str]] = {}
    for key, name in staying:
        stay.setdefault(key, set()).add(name)
    for path in settling.results if stay else ():
        if key_of(path) in stay:
            yield path, stay[key_of(path)]


def _names_in_use(
    settling: Settling, renamed: Mapping[Name, str], demands: Mapping[str, ExternalReferences]
) -> set[Name]:
    """Return the names that files take from others, one by one or all, and those in strings that cannot be updated.

    If a name keeps its spelling, it is gone from the module: no string can follow it.
    """
    gone = {name for name, new in renamed.items() if name[1] == new}
    hints = frozenset(name for taken in demands.values() for name in taken.hints)
    listed = {key for taken in demands.values() for key in taken.listed | taken.handed}
    used = {name for name in renamed if name[1] in hints or name[0] in listed}
    used |= {name for taken in demands.values() for name in taken.used | taken.quoted & gone}
    for path, taken in demands.items():
        if settling.is_unchanged(path):
            used |= taken.quoted
    return used


def _renames_to_follow(
    renamed: Mapping[Name, str], demands: Mapping[str, ExternalReferences], used: set[Name]
) -> Iterator[tuple[str, dict[Name, str]]]:
    """Yield each file with the renames in other files that its strings follow, except of names that stay in use."""
    for path, taken in demands.items():
        names = {name: renamed[name] for name in (taken.quoted & renamed.keys()) - used}
        if names:
            yield path, names


def _names_that_hide(settling: Settling) -> dict[Key, set[str]]:
    """Return, by module, the new names that would hide something else in files that star-import the module."""
    results = settling.results.values()
    added = {(key_of(r.path), name): what for r in results for name, what in r.added}
    if not added:
        return {}
    from unfork.rewriting.star_names import names_hidden

    names = frozenset(name for _, name in added)
    hiding: dict[Key, set[str]] = {}
    for path in settling.star_importers(frozenset(key for key, _ in added)):
        for key, name, what in names_hidden(settling.run.engine.index, key_of(path), names):
            if added.get((key, name), what) != what:
                hiding.setdefault(key, set()).add(name)
    return hiding


def _names_asked_for_in_vain(settling: Settling) -> dict[Key, frozenset[str]]:
    """Return, by module, the names that a new star adds and another file asks for already: by ``hasattr``, say.

    Also all new names of a module of which another file asks for all: ``dir(consumer)``. What a star import of the
    module would hide is looked at by itself.
    """
    added: dict[Key, set[str]] = {}
    run = settling.run
    new = {result.path: result.added for result in settling.results.values() if result.added}
    for path, data in run.tree.scan(new, _may_have_star):
        if data and _STAR.search(data):
            added[key_of(path)] = {name for name, _ in new[path]}
    if not added:
        return {}
    names = frozenset[str]().union(*added.values())
    near = {*settling.files_taking(names, frozenset(added))}
    near |= {
        path
        for path in run.naming(frozenset(map(last_segment, added)))
        if _LISTING.search(run.read(path))
    }
    starring = frozenset(settling.star_importers(frozenset(added)))
    asked: dict[Key, frozenset[str]] = {}
    for path, taken in settling.demands(sorted(near)).items():
        for key in added.keys() - {key_of(path)}:
            by_name = set[str]() if path in starring else {n for k, n in taken.used if k == key}
            wanted = added[key] if key in taken.listed else by_name
            asked[key] = asked.get(key, frozenset()) | (added[key] & wanted)
    return asked


def _may_have_star(buffer: bytearray, size: int) -> bool:
    return buffer.find(b"*", 0, size) >= 0


def modules_stay_for_others(settling: Settling) -> dict[str, Constraints]:
    """Keep a name bound to a legacy module if code left elsewhere uses that module through it."""
    legacy_names = {
        name for result in settling.results.values() for name in result.legacy_names_in_use
    }
    asked = {}
    for path, result in settling.results.items():
        names = frozenset(
            name for name in result.repointed_aliases if (key_of(path), name) in legacy_names
        )
        if names:
            known = settling.constraints_of(path)
            asked[path] = replace(
                known,
                keep=known.keep | names,
                legacy_names_in_use=known.legacy_names_in_use | names,
            )
    return asked


def classes_move_everywhere(settling: Settling) -> dict[str, Constraints]:
    """Keep a class in all files if one of them cannot follow the uses of its instances, or is not rewritten.

    Instances pass from file to file, where code would take them for instances of the other class.
    """
    if settling.run.types:
        from unfork.planning.types import receivers_told_by_types  # late: an option

        told = receivers_told_by_types(settling)
        if told:
            return told
    reasons = _reasons_of_files(settling)
    followed = [entry for result in settling.results.values() for entry in result.followed]
    asking = {entry.name: entry for entry in followed if entry.name not in reasons}
    if asking:
        from unfork.planning.receivers import uses_elsewhere  # late: few classes lose members

        elsewhere = uses_elsewhere(settling, asking.values(), followed)
        if elsewhere.told:
            return elsewhere.told
        reasons |= elsewhere.reasons
    inherited = {name: entry for name, entry in asking.items() if name not in reasons}
    if inherited:
        from unfork.planning.subclasses import reasons_by_subclasses  # late: few classes differ

        reasons |= reasons_by_subclasses(settling, inherited.values())
    if reasons:
        from unfork.planning.class_pairs import Pairs  # late, as above

        for name, given in Pairs(settling.run).given_by(followed).items():
            why = reasons.get(name)
            reasons |= {giver: why for giver in given.givers if why and giver not in reasons}
    return _held_back(settling, reasons) if reasons else {}


def _reasons_of_files(settling: Settling) -> dict[Name, str]:
    """Return the classes that cannot move because a file that uses them stays or cannot follow, with the reasons."""
    results = settling.results.values()
    reasons = {
        entry.name: f"{result.path}:{result.refused.line}:{result.refused.col}: this file is not rewritten"
        for result in results
        if result.refused is not None
        for entry in result.followed
        if entry.lost
    }
    followed = (entry for result in results for entry in result.followed)
    return reasons | {entry.name: entry.refused for entry in followed if entry.refused}


def _held_back(settling: Settling, reasons: Mapping[Name, str]) -> dict[str, Constraints]:
    """Return the constraints of the files that follow a class which has to stay, or have the path of a member of it."""
    asked = {}
    paths = {rb"%b.%b." % tuple(map(os.fsencode, (last_segment(k), n))): (k, n) for k, n in reasons}
    pattern = re.compile(rb"\b(?:%b)" % b"|".join(map(re.escape, sorted(paths))))
    for path, result in settling.results.items():
        names = {entry.name for entry in result.followed}
        if result.edits and path.endswith(CODE):
            data = settling.run.read(path).replace(b":", b".")
            names.update(paths[found] for found in pattern.findall(data))
        held_back = {
            name: reasons[name]
            for name in sorted(names & reasons.keys())
            # else all of it stays already
            if result.edits or not reasons[name].startswith(f"{path}:")
        }
        if held_back:
            asked[path] = _with_staying(settling.constraints_of(path), held_back)
    return asked


def calls_by_other_names_agree(settling: Settling) -> dict[str, Constraints]:
    """Keep a name in a file of which calls by other names would change, if some import goes on taking the legacy one.

    run = pub.get()    what pub gives may be what this file imports, too: both move, or neither does
    """
    concerned = {
        path: names
        for path, result in settling.results.items()
        if result.edits and (names := {e.name for e in result.followed if e.otherwise})
    }
    if not concerned:
        return {}
    keys = frozenset(key for names in concerned.values() for key, _ in names)
    legacy = settling.run.engine.replaced
    paths = {*settling.results, *settling.run.uncovered_candidates}
    taken = settling.still_taken({path for path in paths if key_of(path) not in legacy}, keys)
    followed = (entry for result in settling.results.values() for entry in result.followed)
    known = {entry.name: entry.left for entry in followed if entry.left}
    asked = {}
    for path, names in concerned.items():
        held_back = {
            name: known.get(name, f"{user} goes on using it, and what is called here may be that")
            for name in sorted(names)
            if (user := taken.get(name)) is not None
        }
        if held_back:
            asked[path] = _with_staying(settling.constraints_of(path), held_back)
    return asked


def _with_staying(known: Constraints, held_back: Mapping[Name, str]) -> Constraints:
    return replace(known, staying=tuple({**dict(known.staying), **held_back}.items()))


def files_close_no_cycle(settling: Settling) -> dict[str, Constraints]:
    """Keep a file unchanged if its rewrite would close an import cycle."""
    if not any(result.added_edges for result in settling.results.values()):
        return {}
    engine = settling.run.engine
    index = engine.index
    legacy: dict[Key, list[Key]] = {}
    moved: dict[Key, Key] = {}
    for source, to in engine.replaced.items():
        legacy.setdefault(to, []).append(source)
        if source in index.layout.gone:
            moved[source] = to
    before = Graph(index, settling.run.tree.read, moved, engine.heads)
    after = Graph(index, settling.after, heads=engine.heads)
    cycles = closed_cycles(settling.results, before, after, legacy)
    return {
        path: replace(settling.constraints_of(path), unchanged=finding)
        for path, finding in cycles.items()
    }


RULES: tuple[Rule, ...] = (
    refused_files_stay,
    paths_put_together_are_known,
    wrappers_of_patches_are_known,
    names_stay_for_others,
    modules_stay_for_others,
    classes_move_everywhere,
    calls_by_other_names_agree,
    definitions_left_keep_what_they_share,
    files_that_stay_keep_what_they_share,
    files_close_no_cycle,
    replaced_names_have_one_binding,
    replaced_names_are_not_copied,
    altered_classes_stay,
    classes_told_apart_stay,
    classes_handed_in_apart_stay,
    shared_state_has_one_home,
    state_is_not_parted,
    acts_of_imports_happen,
    acts_are_done_once,
    imports_expected_to_warn_stay,
    names_of_modules_hold,
    compared_modules_stay,
    shown_classes_stay,
    names_loaded_by_strings_stay,
    canonical_modules_can_be_imported,
    shims_are_not_read,
    shims_have_no_other_name,
    shims_take_what_is_left,
    shims_keep_what_is_taken,
    shims_close_no_cycle,
)
"""In order: everything a rule asks for is settled before the next rule runs."""
CHECKED: tuple[Rule, ...] = (
    paths_put_together_are_known,
    wrappers_of_patches_are_known,
    classes_move_everywhere,
    definitions_left_keep_what_they_share,
    replaced_names_have_one_binding,
    replaced_names_are_not_copied,
    shared_state_has_one_home,
    acts_of_imports_happen,
    imports_expected_to_warn_stay,
    names_of_modules_hold,
    names_loaded_by_strings_stay,
    canonical_modules_can_be_imported,
)
"""The rules that can tell without the rest of the project whether a file has something to move."""
