"""The learner's record: what was tried, and how it went, in one SQLite file of their own.

A leaf: it knows no room of the kit, sends nothing anywhere, and holds no secrets.
"""

from labapp.record.outcome import KINDS, Outcome, Tally
from labapp.record.place import RecordError, RecordWarning, record_path
from labapp.record.store import Record

__all__ = ["KINDS", "Outcome", "Record", "RecordError", "RecordWarning", "Tally", "record_path"]
