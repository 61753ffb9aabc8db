"""Work beside requests: jobs that are part of a transaction, and periodic work.

The port has three calls: `enqueue`, `run` and `state`. Behind it is PgQueuer; no other module of
ours knows that.
"""

from doorstep.kit.queue.enqueueing import enqueue
from doorstep.kit.queue.model import Every, Job, PeriodicState, Task, TaskState
from doorstep.kit.queue.queries import periodic_states
from doorstep.kit.queue.queries import task_states as state
from doorstep.kit.queue.running import run

__all__ = [
    "Every",
    "Job",
    "PeriodicState",
    "Task",
    "TaskState",
    "enqueue",
    "periodic_states",
    "run",
    "state",
]
