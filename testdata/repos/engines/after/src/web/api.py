"""The HTTP interface: a WSGI application over one engine."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from src.orchestration.job_state import JobStatus as JobState
from src.orchestration import JobExecutionEngine, JobNotFoundError
from src.web.schemas import job_to_json, stats_to_json

logger = logging.getLogger(__name__)

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class ApiError(Exception):
    """An answer that is not 200."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def parse_state(text: str | None) -> JobState | None:
    """The state in a query, if there is one."""
    if not text:
        return None
    try:
        return JobState(text)
    except ValueError:
        known = ", ".join(state.value for state in JobState)
        raise ApiError(HTTPStatus.BAD_REQUEST, f"no state {text!r}: use {known}") from None


class Api:
    """GET /jobs, GET /jobs/ID, POST /jobs, DELETE /jobs/ID, GET /stats."""

    def __init__(self, engine: JobExecutionEngine) -> None:
        self.engine = engine

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            status, answer = HTTPStatus.OK, self.dispatch(environ)
        except ApiError as error:
            status, answer = error.status, {"error": str(error)}
        except JobNotFoundError as error:
            status, answer = HTTPStatus.NOT_FOUND, {"error": f"no job {error.args[0]}"}
        body = json.dumps(answer).encode()
        logger.info("%s %s: %d", environ["REQUEST_METHOD"], environ["PATH_INFO"], status)
        start_response(
            f"{status.value} {status.phrase}",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]

    def dispatch(self, environ: dict[str, Any]) -> Any:
        """Find what is asked for, and do it."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].strip("/")
        match [method, *path.split("/")]:
            case ["GET", "stats"]:
                return stats_to_json(self.engine)
            case ["GET", "jobs"]:
                state = parse_state(environ.get("QUERY_STRING", "").partition("state=")[2])
                return [job_to_json(job) for job in self.engine.list_jobs(state)]
            case ["GET", "jobs", job_id]:
                return job_to_json(self.engine.get(job_id))
            case ["POST", "jobs"]:
                return self.submit(environ)
            case ["DELETE", "jobs", job_id]:
                return {"cancelled": self.engine.cancel(job_id)}
        raise ApiError(HTTPStatus.NOT_FOUND, f"nothing at {method} /{path}")

    def submit(self, environ: dict[str, Any]) -> Any:
        """Queue what the body of a request describes."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        try:
            body = json.loads(environ["wsgi.input"].read(length))
            return job_to_json(self.engine.submit(body["name"], body.get("payload")))
        except (ValueError, KeyError) as error:
            raise ApiError(HTTPStatus.BAD_REQUEST, f"not a job: {error}") from error
