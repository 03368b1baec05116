"""Mails about jobs. (Edited on Windows.)"""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from src.core.job_execution_engine import JobState
from src.orchestration.job_execution_engine_enhanced import (
    AsyncJobExecutionEngine,  # whatever has list_jobs()
    JobStatus as Status,  # under the name the templates use
)

SUBJECTS = {
    JobState.COMPLETED: "{name} is done",
    JobState.FAILED: "{name} failed",
}


def message_for(job: Any, to: str) -> EmailMessage | None:
    """The mail about a job, where there is something to say."""
    subject = SUBJECTS.get(JobState(job.status.value))
    if subject is None:
        return None
    message = EmailMessage()
    message["To"] = to
    message["Subject"] = subject.format(name=job.name)
    message.set_content(job.error or "No errors.")
    return message


def digest(engine: AsyncJobExecutionEngine, to: str) -> list[EmailMessage]:
    """The mails about all that failed."""
    failed = engine.list_jobs(Status.FAILED)
    return [mail for mail in (message_for(job, to) for job in failed) if mail is not None]
