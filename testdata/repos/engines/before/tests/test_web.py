"""The web pages."""

import io
import json
import unittest
from unittest import mock

from src.orchestration.job_execution_engine import create_engine
from src.web import dashboard, notifications, schemas
from src.web.api import Api, JobState


def call(api, method, path, query="", body=b""):
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    start_response = mock.Mock()
    (answer,) = api(environ, start_response)
    return start_response.call_args.args[0], json.loads(answer)


class ApiTest(unittest.TestCase):
    def setUp(self):
        self.engine = create_engine()
        self.api = Api(self.engine)

    def test_submit_and_list(self):
        status, job = call(self.api, "POST", "/jobs", body=b'{"name": "echo", "payload": {}}')
        self.assertEqual((status, job["status"]), ("200 OK", JobState.QUEUED.value))
        self.assertEqual(call(self.api, "GET", "/jobs", "state=queued")[1], [job])
        self.assertEqual(call(self.api, "GET", "/jobs", "state=failed")[1], [])
        self.assertEqual(call(self.api, "GET", "/stats")[1]["queued"], 1)
        self.assertTrue(call(self.api, "DELETE", f"/jobs/{job['id']}")[1]["cancelled"])

    def test_errors(self):
        self.assertEqual(call(self.api, "GET", "/jobs/none")[0], "404 Not Found")
        self.assertEqual(call(self.api, "GET", "/jobs", "state=odd")[0], "400 Bad Request")
        self.assertEqual(call(self.api, "POST", "/jobs", body=b"{}")[0], "400 Bad Request")

    @mock.patch("src.web.api.job_to_json", return_value="shown")
    def test_one_job(self, job_to_json):
        job = self.engine.submit("noop")
        self.assertEqual(call(self.api, "GET", f"/jobs/{job.job_id}")[1], "shown")
        job_to_json.assert_called_once_with(job)


class PagesTest(unittest.TestCase):
    def setUp(self):
        self.engine = create_engine()
        for name in ("noop", "unknown"):
            self.engine.submit(name)
        self.engine.run_pending()

    def test_dashboard(self):
        page = dashboard.page(self.engine.list_jobs())
        self.assertIn('<td class="red">Failed: 1</td>', page)
        self.assertIn("50% failed", page)

    def test_notifications(self):
        (mail,) = notifications.digest(self.engine, "ops@example.org")
        self.assertEqual(mail["Subject"], "unknown failed")

    def test_schemas(self):
        self.assertEqual(
            schemas.engine_to_json(self.engine),
            {"kind": "JobExecutionEngine", "seen": ["completed", "failed"]},
        )
