"""What each thing is for, in one sentence: the keys that Celery keeps, the fields of a message."""

from __future__ import annotations

import re
from dataclasses import dataclass

QUEUE = (
    "A list: who sends pushes at its left end, a worker pops at its right. Empty, it is no key at "
    "all."
)
PRIORITY = (
    "The same queue for priority {0}: a list of its own, and the lower number is served first."
)
UNACKED = (
    "What workers hold and have not acknowledged: prefetched, waiting for its eta, or running with "
    "acks_late. After its deadline another worker gets it."
)
RESULT = "The state and result of one task; each change is published on a channel of the same name."


@dataclass(frozen=True)
class Family:
    """Keys of one kind: how they are told, what they are called together, what they are for."""

    pattern: re.Pattern[str]
    label: str
    says: str

    def holds(self, key: str) -> bool:
        return self.pattern.fullmatch(key) is not None


def _family(pattern: str, label: str, says: str) -> Family:
    return Family(re.compile(pattern, re.DOTALL), label, says)


#: The first that fits counts.
FAMILIES = (
    _family(
        "unacked",
        "unacked",
        "A hash: each message that a worker holds, until it is acknowledged.",
    ),
    _family(
        "unacked_index",
        "unacked_index",
        "A sorted set: since when each of those is held, so that an overdue one is given back.",
    ),
    _family(
        "unacked_mutex",
        "unacked_mutex",
        "A lock: only one worker at a time gives overdue messages back.",
    ),
    _family(
        r"_kombu\.binding_deadlines",
        "_kombu.binding_deadlines",
        "A sorted set: when the bindings of queues that nobody uses any more are swept away.",
    ),
    _family(
        r"_kombu\.binding_permanent\..*",
        "_kombu.binding_permanent.*",
        "A set: those bindings of an exchange that are never swept away.",
    ),
    _family(
        r"_kombu\.binding\.(.*\.)?celery\.pidbox|_kombu\.binding\.celeryev",
        "_kombu.binding.* of remote control",
        "A set: who listens for commands to workers, their answers, or events.",
    ),
    _family(
        r"_kombu\.binding\..*",
        "_kombu.binding.*",
        "A set: the routing table of an exchange, from routing key to queue.",
    ),
    _family(
        r".*\.reply\.celery\.pidbox",
        "*.reply.celery.pidbox",
        "A list: answers of workers to a ping or an inspect, until they are read.",
    ),
    _family(
        "celery-task-meta-.*",
        "celery-task-meta-*",
        "The result of a task of another app: this one keeps its results elsewhere.",
    ),
    _family(
        r"celery-taskset-meta-.*\.[jtsdc]",
        "celery-taskset-meta-*.j, .t, .s, .d, .c",
        "A chord's counters: which parts have ended, and how many there are.",
    ),
    _family(
        r"celery-taskset-meta-.*",
        "celery-taskset-meta-*",
        "A group that was saved: the ids of its tasks.",
    ),
    _family(
        r"chord-unlock-.*",
        "chord-unlock-*",
        "A chord that has been counted down: its body was sent.",
    ),
    _family(
        "labapp:ledger",
        "labapp:ledger",
        "The kit's own app: the ids of the tasks it sent last, with the time of each.",
    ),
    _family(
        "labapp:ledger:.*",
        "labapp:ledger:*",
        "The kit's own app: that a task was sent, which tells a waiting id from an unknown one.",
    ),
    _family(
        "labapp:workers(:.*)?",
        "labapp:workers, labapp:workers:*",
        "The kit's own app: each worker's sign of life, renewed every second.",
    ),
    _family(
        "labapp:revoked",
        "labapp:revoked",
        "The kit's own app: ids that were revoked, for workers that start later.",
    ),
    _family(
        "labapp:viewers",
        "labapp:viewers",
        "The kit: somebody watches, so the lab's workers send events.",
    ),
)
FIELDS = {
    "body": "The arguments, the keyword arguments, and what follows: [args, kwargs, embed].",
    "content-type": "How the body is to be read; a worker refuses what accept_content leaves out.",
    "task": "The name under which the worker looks for the task's code.",
    "id": "Made by the sender; the result is stored under it.",
    "lang": "The language of the sender's Celery.",
    "eta": "Not before this moment: a worker fetches it now and keeps it until then.",
    "expires": "After this moment a worker drops it.",
    "retries": "How often it has been tried again.",
    "timelimit": "The hard and the soft time limit of this call, seconds.",
    "root_id": "The first task of the workflow that this belongs to.",
    "parent_id": "The task that sent this one.",
    "group": "The group that it is a part of.",
    "group_index": "Its place in that group.",
    "argsrepr": "The arguments for people: logs and monitors show this text.",
    "kwargsrepr": "The keyword arguments for people.",
    "origin": "Who sent it: process id and machine.",
    "ignore_result": "Whether the result is thrown away.",
    "shadow": "Another name for logs and monitors.",
    "replaced_task_nesting": "How often a task has put another in its own place.",
    "stamped_headers": "The names of its stamps.",
    "stamps": "Marks by which many tasks can be found, and revoked, at once.",
    "compression": "How the body is packed.",
    "redelivered": "A worker had it before and did not acknowledge it.",
    "correlation_id": "The id once more, where message queues expect it.",
    "reply_to": "Where an answer would go; results in Redis do not use it.",
    "delivery_mode": "2 is persistent; Redis keeps it as long as Redis itself lives.",
    "delivery_info": "Exchange and routing key: the way into this queue.",
    "delivery_tag": "This delivery's own id: the key in unacked while a worker holds it.",
    "priority": "On Redis the lower number is taken first.",
    "body_encoding": "How the body is written as text: base64 keeps any bytes whole.",
}


def family_of(key: str) -> Family | None:
    """Which kind of Celery's or the kit's keys this is; None for somebody else's."""
    return next((family for family in FAMILIES if family.holds(key)), None)
