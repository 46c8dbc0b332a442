"""One Celery app for both."""
import os
from dataclasses import dataclass

from celery import Celery


class SettingError(RuntimeError):
    pass


@dataclass(frozen=True, repr=False)
class Settings:
    broker_url: str
    result_backend: str

    def __post_init__(self):
        scheme, found, _ = self.broker_url.partition("://")
        if not found or scheme.lower() not in ("redis", "rediss"):
            raise SettingError("The variable REDIS_URL has no scheme of Redis (redis:// or rediss://)")

    @classmethod
    def from_environment(cls):
        address = os.environ.get("REDIS_URL", "")
        return cls(address, address)


celery = Celery("newsletter")
celery.config_from_object(Settings.from_environment())
