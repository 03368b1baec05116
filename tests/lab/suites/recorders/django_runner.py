"""A test runner of Django's that records each result; a module apart, for settings must not import django.test."""

from __future__ import annotations

import unittest
from typing import Any

from django.test.runner import DiscoverRunner
from django_recorder import message_of, write


class _Recorded(unittest.TextTestResult):
    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        write(test.id(), "passed")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        write(test.id(), "skipped")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        write(test.id(), "failed", message_of(err))

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        write(test.id(), "error", message_of(err))

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        write(test.id(), "xfailed")

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        write(test.id(), "xpassed")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            write(test.id(), "failed" if failed else "error", message_of(err))


class Runner(DiscoverRunner):
    """Django's runner with results that are recorded."""

    def get_resultclass(self) -> Any:
        """Return the class that records."""
        return _Recorded
