"""A migration applied to a tree: what it says of this project, worked out once in each process.

The modules that rewrite a file are above this one, and imported only when there is one: most runs find nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from unfork.files.tree import Tree
from unfork.reading.heads import Heads
from unfork.reading.index import Index
from unfork.reading.layout import Layout, parent_folder
from unfork.reading.outside import Outside
from unfork.reading.path_rules import is_live
from unfork.reading.prefilter import Prefilter, last_word
from unfork.reading.projects import layout_of, with_roots_of
from unfork.rewriting.moved_names import Moved
from unfork_codemods.bindings import Bindings
from unfork_codemods.migration import Migration
from unfork_codemods.project import ImportCodemod, Key, is_external

if TYPE_CHECKING:
    from unfork.verification import Verifier

_State = tuple[Tree, Migration, tuple[str, ...], bool, tuple[str, ...], bool]


@dataclass
class Engine:
    """A migration applied to the files of a tree. Each process creates its own engine from the same three values."""

    tree: Tree
    migration: Migration
    paths: tuple[str, ...]
    strict: bool = False
    """Whether a failed proof ends the run; otherwise, only the file in question is left unchanged."""
    manifests: tuple[str, ...] = ()
    verifies: bool = True
    """Whether the result is verified, which requires knowing what each file uses afterwards."""
    heads: Heads = field(default_factory=Heads)
    """The files that are parsed already, which other engines may have read before."""
    _bound: tuple[Bindings, tuple[ImportCodemod, ...]] | None = None

    def __getstate__(self) -> _State:
        return (
            self.tree,
            self.migration,
            self.paths,
            self.strict,
            self.manifests,
            self.verifies,
        )

    def __setstate__(self, state: _State) -> None:
        self.tree, self.migration, self.paths, self.strict, self.manifests, self.verifies = state
        self.heads, self._bound = Heads(), None

    @cached_property
    def index(self) -> Index:
        """The definitions of the project as it is before the run."""
        plain = self.plain_layout
        named = [(plain.named(redirect.source), redirect) for redirect in self.migration.redirects]
        gone = {n.key: redirect for n, redirect in named if not n.exists and not is_external(n.key)}
        layout = replace(plain, gone=frozenset(gone), _known={}) if gone else plain
        return Index(
            layout,
            self.tree.read,
            hints=self.words,
            moved=gone,
            listed=self.tree.paths,
            parsed=self.heads.sources,
        )

    @cached_property
    def plain_layout(self) -> Layout:
        """The layout of the project, according to its manifests and the migration, without what is gone."""
        steps, read = self.migration, self.tree.read
        live = tuple(filter(is_live, self.manifests))
        outside = Outside(steps.outside, live, read, self.tree.root)
        layout = layout_of(steps.roots, self.paths, self.manifests, outside)
        if steps.roots is not None:
            return layout
        required = (module for module, _ in steps.required_modules())
        layout = with_roots_of(layout, (*required, *steps.edited_modules()))
        return replace(layout, first=steps.first, _known={}) if steps.first else layout

    def forget_verification(self) -> None:
        """Drop what the verifier knows of the tree, if there is one."""
        if "verifier" in self.__dict__:
            self.verifier.forget()

    @cached_property
    def verifier(self) -> Verifier:
        """The verifier, which reads the rewritten project independently."""
        from unfork.verification import Verifier

        layout = self.index.layout
        read, outside, nested = self.tree.read, layout.outside, layout.searched_first
        generated = partial(_generated_modules, self.tree)
        return Verifier(
            self.paths,
            read,
            layout.every_root,
            self.migration,
            outside,
            nested,
            generated,
            self.heads,
            layout.mapped,
        )

    @cached_property
    def codemods(self) -> tuple[ImportCodemod, ...]:
        """The codemods that give imports a new destination, in the order of their steps."""
        codemods: dict[str, ImportCodemod] = {}
        for kind, steps in self.migration.kinds():
            codemod = kind.codemod(steps, self.index, codemods)
            if codemod is not None:
                codemods[kind.name] = codemod
        return tuple(codemods.values())

    def bound(self, bindings: Bindings) -> tuple[ImportCodemod, ...]:
        """Return the codemods with the bindings of patched names."""
        if self._bound is None or self._bound[0] is not bindings:
            self._bound = bindings, tuple(codemod.bound(bindings) for codemod in self.codemods)
        return self._bound[1]

    @property
    def replaced(self) -> dict[Key, Key]:
        """The legacy modules that another module replaces, each with that module."""
        steps = ((redirect.source, redirect.to) for redirect in self.migration.redirects)
        return {self.index.named(old).key: self.index.named(to).key for old, to in steps if to}

    @cached_property
    def named(self) -> frozenset[str]:
        """The dotted names of the modules in the migration."""
        return frozenset(self.migration.imported_modules())

    @cached_property
    def words(self) -> frozenset[bytes]:
        """The words of which any file that concerns the migration contains at least one."""
        return frozenset(map(last_word, self.named))

    @cached_property
    def prefilter(self) -> Prefilter:
        """The filter that tells from a file's bytes whether it concerns the migration, by all names of its modules."""
        return self.prefilter_for(self.named)

    def prefilter_for(self, modules: Collection[str]) -> Prefilter:
        """Return the filter for some modules of the migration, by all names that a root gives them."""
        keys = {self.index.named(name).key for name in modules}
        roots = self.index.layout.every_root
        spelled = {self.index.layout.spelled(key, root) for key in keys for root in roots}
        return Prefilter(frozenset(modules) | frozenset(filter(None, spelled)))

    @cached_property
    def paths_always_read(self) -> frozenset[str]:
        """The files that are always read, whatever words they contain.

        These are modules to be repaired or deprecated, files inside a legacy package, which may refer to it as ``.``,
        and packages of modules to be removed, whose ``__all__`` may name these.
        """
        index = self.index
        keys = {index.named(module).key for module in self.migration.edited_modules()}
        keys |= {parent_folder(key) for key in self.watched}
        paths = {path for key in keys for path in index.layout.modules.get(key, ())}
        moving = self.migration.imports_only().imported_modules()
        packages = [index.named(module).key for module in moving]
        inside = tuple(f"{key}/" for key in packages if index.layout.is_package(key))
        if inside:
            paths |= {path for path in self.paths if path.startswith(inside)}
        return frozenset(paths)

    @cached_property
    def moved(self) -> Moved:
        """The moved modules and names that strings, comments and documents may mention."""
        return Moved.of(self.migration, self.index, self.codemods)

    @cached_property
    def watched(self) -> frozenset[Key]:
        """The modules to be removed."""
        return frozenset(self.index.named(remove.module).key for remove in self.migration.removes)

    @cached_property
    def idle_codemod(self) -> ImportCodemod:
        """A codemod that moves nothing: all that a file takes from others, it still takes afterwards."""
        from unfork.rewriting.importers import Watched

        return Watched((), self.index)

    @cached_property
    def shim_codemod(self) -> ImportCodemod:
        """A codemod that is about the modules that become shims, and moves nothing."""
        from unfork.rewriting.importers import Watched

        shims = (self.index.named(d.module).key for d in self.migration.deprecates if d.shim)
        return Watched(frozenset(shims), self.index)


def _generated_modules(tree: Tree, missing: Collection[Key]) -> Collection[Key]:
    """Return the ``missing`` modules that a build generates from other files."""
    from unfork.reading.generated_modules import generated_modules

    return generated_modules(tree, tree.paths(), missing)
