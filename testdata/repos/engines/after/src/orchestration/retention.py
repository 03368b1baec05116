"""How long finished jobs are kept."""

from __future__ import annotations

import logging
from datetime import timedelta

from .job_state import JobStatus
from .job_execution_engine import utc_now

logger = logging.getLogger(__name__)

KEEP = {
	JobStatus.COMPLETED: timedelta(days=7),
	JobStatus.CANCELLED: timedelta(days=1),
	JobStatus.FAILED: timedelta(days=90),
}


class RetentionPolicy:
	"""Says which jobs may go."""

	def __init__(self, keep: dict[JobStatus, timedelta] | None = None) -> None:
		self.keep = KEEP if keep is None else keep

	def expired(self, status: JobStatus, age: timedelta) -> bool:
		"""Whether a job of this status and age may go."""
		limit = self.keep.get(status)
		return limit is not None and age > limit

	def apply(self, engine=None) -> int:
		"""Purge an engine, by default that of this process."""
		if engine is None:
			from .job_execution_engine import create_engine
			from .job_state import JobStatus as Status

			engine = create_engine()
			logger.debug("an empty engine, nothing %s in it", Status.COMPLETED.value)
		return engine.purge(before=utc_now() - max(self.keep.values()))
