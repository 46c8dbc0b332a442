"""What a lab tells its services and child processes: addresses, folders, environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labapp.lab.errors import FolderError
from labapp.lab.hub import allowed_hosts
from labapp.lab.secret import Address, Environ, mask

if TYPE_CHECKING:
    from labapp.lab.part import Part
    from labapp.lab.redis_part import OutsideRedis, RedisPart
    from labapp.lab.web_part import FlowerPart


class Surroundings:
    """Addresses, folders and environment of one lab; mixed into the Stack."""

    redis: RedisPart | OutsideRedis
    folder_path: Path
    _cwd: Path
    _broker: str | None
    _backend: str | None
    _celery_env: bool
    _env: dict[str, str]
    _flower: FlowerPart | None

    @property
    def redis_url(self) -> str:
        """The address of Redis with its password masked."""
        return mask(self.redis.url)

    @property
    def broker_url(self) -> Address:
        """The broker's address for programs; its repr is masked."""
        return Address(self._broker or self.redis.url)

    @property
    def backend_url(self) -> Address:
        """The result store's address for programs; its repr is masked."""
        return Address(self._backend or self.redis.url)

    @property
    def node_host(self) -> str:
        """What stands behind the @ in node names; on a shared broker it tells labs apart."""
        return self.folder_path.name if self._broker or not self.redis.own else "lab"

    @property
    def data(self) -> Path:
        """The folder that tasks may read and write."""
        return self.folder_path / "data"

    def environ(self) -> Environ:
        """The environment of the lab's services, for child processes of your own; repr masked."""
        environ = Environ(REDIS_URL=str(self.redis.url), LABAPP_DATA=str(self.data))
        if hosts := allowed_hosts(os.environ):
            environ["LABAPP_HOSTS"] = hosts
        if self._flower and self._flower.address:
            environ["LABAPP_FLOWER"] = f"{self._flower.address}/"
        if self._celery_env or self._broker or self._backend:
            environ["CELERY_BROKER_URL"] = str(self.broker_url)
            environ["CELERY_RESULT_BACKEND"] = str(self.backend_url)
        environ.update(self._env)
        return environ

    def surroundings(self, part: Part) -> dict[str, Any]:
        """Folder, log and environment of a service, as the guardian wants them."""
        environ = {} if part.kind == "redis" else dict(self.environ())
        cwd = self.folder_path if part.kind == "redis" else self._cwd
        if not self.folder_path.is_dir():
            raise FolderError(
                f"The lab's folder {self.folder_path} has been removed, so {part.name} cannot "
                "start. lab.stop() and lab.start() make another."
            )
        return {"cwd": str(cwd), "log": str(part.log_path), "environ": environ}
