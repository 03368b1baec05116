"""Mails about jobs. (Edited on Windows.)"""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from src.orchestration.job_state import JobStatus
from src.orchestration.job_execution_engine import (
    JobExecutionEngine,  # whatever has list_jobs()
)
from src.orchestration.job_state import (
    JobStatus as Status,  # under the name the templates use
)

SUBJECTS = {
    JobStatus.COMPLETED: "{name} is done",
    JobStatus.FAILED: "{name} failed",
}


def message_for(job: Any, to: str) -> EmailMessage | None:
    """The mail about a job, where there is something to say."""
    subject = SUBJECTS.get(JobStatus(job.status.value))
    if subject is None:
        return None
    message = EmailMessage()
    message["To"] = to
    message["Subject"] = subject.format(name=job.name)
    message.set_content(job.error or "No errors.")
    return message


def digest(engine: JobExecutionEngine, to: str) -> list[EmailMessage]:
    """The mails about all that failed."""
    failed = engine.list_jobs(Status.FAILED)
    return [mail for mail in (message_for(job, to) for job in failed) if mail is not None]
