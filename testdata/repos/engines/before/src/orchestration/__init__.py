"""Engines, executors and the operations console."""

import logging

from .job_execution_engine import JobExecutionEngine, JobNotFoundError, create_engine
from .job_execution_engine_enhanced import AsyncJobExecutionEngine
from .job_state import JobExecution, JobMetadata, JobStatus, StepExecution
from .production_execution_engine import ProductionExecutionEngine
from .unified_executor import UnifiedExecutor
from .workflow_compiler import WorkflowGraph

try:
    from .ops_console import OpsConsole
except ImportError as error:  # the console is optional
    logging.getLogger(__name__).debug("no console: %s", error)
    OpsConsole = None

__all__ = [
    "AsyncJobExecutionEngine",
    "JobExecution",
    "JobExecutionEngine",
    "JobMetadata",
    "JobNotFoundError",
    "JobStatus",
    "OpsConsole",
    "ProductionExecutionEngine",
    "StepExecution",
    "UnifiedExecutor",
    "WorkflowGraph",
    "create_engine",
]
