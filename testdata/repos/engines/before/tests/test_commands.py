"""The command line and the tools."""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import cli

PROJECT = Path(__file__).resolve().parent.parent


def relay(*argv):
    with contextlib.redirect_stdout(io.StringIO()) as stdout:
        code = cli.main(list(argv))
    return code, stdout.getvalue()


def tool(name, *argv):
    command = [sys.executable, str(PROJECT / "tools" / name), *argv]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout


class CliTest(unittest.TestCase):
    def test_submit_and_drain(self):
        with tempfile.TemporaryDirectory() as folder:
            _, job_id = relay("--state-dir", folder, "submit", "echo")
            self.assertEqual(relay("--state-dir", folder, "drain"), (0, "1 run\n"))
            _, listed = relay("--state-dir", folder, "jobs")
        self.assertEqual(listed.split(), [job_id.strip(), "completed", "echo"])

    def test_once(self):
        self.assertEqual(relay("once", "echo", "--payload", '{"a": 1}'), (0, '{"a": 1}\n'))
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(relay("once", "unknown")[0], 1)

    def test_states(self):
        self.assertIn("failed (final)\n", relay("states")[1])

    def test_selftest(self):
        self.assertEqual(relay("selftest"), (0, "pong 0% failed\n"))

    def test_plan(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "flow.json")
            path.write_text(json.dumps({"name": "flow", "steps": {"a": {}}}), encoding="utf-8")
            self.assertEqual(relay("plan", str(path)), (0, "flow:\n  1. a\n"))


class ToolsTest(unittest.TestCase):
    def test_validate_engines(self):
        self.assertEqual(tool("validate_engines.py"), (0, "4 engines, 7 states: ok\n"))

    def test_report_on_a_demonstration(self):
        code, text = tool("job_report.py")
        self.assertEqual(code, 0)
        self.assertRegex(text, r"good +completed\nbad +failed +KeyError: 'missing'\n2 jobs\n")

    def test_report_on_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            record = {"job_id": "1", "name": "old", "status": "failed", "error": "lost"}
            Path(folder, "1.json").write_text(json.dumps(record), encoding="utf-8")
            self.assertRegex(tool("job_report.py", folder)[1], r"old +failed +lost\n1 jobs\n")
