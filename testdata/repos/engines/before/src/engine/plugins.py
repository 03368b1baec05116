"""Loads job handlers from plugins, and an engine to run them."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


def load_engine(state_dir: Path | None = None) -> Any:
    """The engine for plugins; imported late, because plugins are seldom used."""
    module = importlib.import_module("src.orchestration.job_execution_engine_enhanced")
    return module.create_engine(state_dir)


def load_plugin(name: str) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
    """The `HANDLERS` of a plugin module."""
    module = importlib.import_module(name)
    handlers = getattr(module, "HANDLERS", None)
    if not isinstance(handlers, Mapping):
        raise TypeError(f"{name} has no HANDLERS")
    return handlers


def engine_with(*plugins: str, state_dir: Path | None = None) -> Any:
    """An engine that knows the handlers of these plugins."""
    engine = load_engine(state_dir)
    for plugin in plugins:
        for name, handler in load_plugin(plugin).items():
            logger.debug("%s: %s", plugin, name)
            engine.register(name, handler)
    return engine
