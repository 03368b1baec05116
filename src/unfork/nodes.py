"""Kinds of syntax trees that belong together."""

from __future__ import annotations

import ast

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
"""The definition of a function, be it a coroutine or not."""
