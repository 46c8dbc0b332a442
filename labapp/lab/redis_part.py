"""Redis as a part of the lab: its own server, or an address that somebody else looks after."""

from __future__ import annotations

import contextlib
import secrets
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from labapp.lab.boot.ports import free_port
from labapp.lab.discovery import Server, find_server, require_new_enough
from labapp.lab.errors import RedisError, StartError, StateError
from labapp.lab.part import Part, Process
from labapp.lab.secret import Address, mask
from labapp.lab.spec import check_number

if TYPE_CHECKING:
    import redis

    from labapp.lab.stack import Stack

#: The server refuses writes beyond this, long before the machine suffers.
MAX_MEMORY = "512mb"
#: How often a port that was taken between choice and use is chosen again.
PORT_TRIES = 5


class RedisPart(Part):
    """The lab's own server: loopback, random password, noeviction, nothing kept on disk.

    A killed server comes back empty, on the same port and password.
    """

    kind = "redis"

    def __init__(self, stack: Stack, server: str | None = None, database: int = 0) -> None:
        super().__init__(stack, "redis")
        self._choice = server
        self._database = check_number(database, "database", 0, 15)
        self.server: Server | None = None
        self._port = 0
        self._known_in: Path | None = None
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> Address:
        """The address with its password, for programs; its repr is masked."""
        return Address(f"redis://:{self._password}@127.0.0.1:{self._port}/{self._database}")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}" if self._port else ""

    @property
    def detail(self) -> str:
        return str(self.server) if self.server else ""

    def client(self, **options: Any) -> redis.Redis:
        """A connected client of its own; answers come as text."""
        return connect(self.url, **options)

    def spawn(self) -> str:
        self.server = self.server or find_server(self._choice)
        self._port = self._port or free_port()
        settings = {
            "bind": "127.0.0.1",
            "port": self._port,
            "requirepass": self._password,
            "save": '""',
            "appendonly": "no",
            "maxmemory": MAX_MEMORY,
            "maxmemory-policy": "noeviction",
        }
        config = "".join(f"{name} {value}\n" for name, value in settings.items())
        return self._stack.guardian.execute(
            self.name, [self.server.path, "-"], stdin=config, **self._stack.surroundings(self)
        )

    def is_ready(self, process: Process) -> bool:
        return not process.ended and answers_ping(self._port, self._password)

    def await_ready(self, deadline: float) -> None:
        """As for any part, but a port that was just taken is chosen again.

        Not once worker and web know it: a server that comes back elsewhere is of no use to them.
        """
        for _ in range(PORT_TRIES):
            try:
                super().await_ready(deadline)
                self._known_in = self._stack.folder_path
                return
            except StartError:
                taken = any("Address already in use" in line for line in self.logs(20))
                if not taken or self._known_in == self._stack.folder_path:
                    raise
                self._port = 0
                self.log_path.unlink(missing_ok=True)
                self.launch()
        super().await_ready(deadline)


class OutsideRedis(Part):
    """Somebody else's server: the lab uses it and never stops, flushes or configures it."""

    kind = "redis"
    own = False

    def __init__(self, stack: Stack, url: str) -> None:
        super().__init__(stack, "redis")
        self.url = Address(url)
        self._detail = "not started by this lab"

    @property
    def address(self) -> str:
        with contextlib.suppress(ValueError):
            parts = urlsplit(self.url)
            host = parts.hostname or ""
            host = f"[{host}]" if ":" in host else host
            return f"{host}:{parts.port or 6379}{parts.path}"
        return mask(self.url)

    @property
    def detail(self) -> str:
        return self._detail

    def client(self, **options: Any) -> redis.Redis:
        """A connected client of its own; answers come as text."""
        return connect(self.url, **options)

    def launch(self) -> Process:
        """Look whether it answers; RedisError says what it answered instead."""
        self.set_state("starting")
        try:
            self._detail = examine(self.url)
        except RedisError as error:
            self.set_state("failed", str(error))
            raise
        self.set_state("ready")
        return Process("outside")

    def await_ready(self, deadline: float) -> None:
        """Nothing to wait for: `launch` has looked."""

    def begin_stop(self) -> None:
        """Nothing to end."""
        self.set_state("stopped")

    def start(self, timeout: float = 30.0) -> None:
        """Look again whether it answers."""
        with self._stack.acting("look at Redis"):
            self.launch()

    def stop(self, timeout: float = 30.0) -> NoReturn:
        """Refused: the lab did not start it."""
        self._refuse("stop")

    def kill(self) -> NoReturn:
        """Refused: the lab did not start it."""
        self._refuse("kill")

    def restart(self, timeout: float = 30.0, force: bool = False) -> NoReturn:
        """Refused: the lab did not start it."""
        self._refuse("restart")

    def _refuse(self, what: str) -> NoReturn:
        raise StateError(
            f"This lab did not start the Redis at {self.address}, so it does not {what} it. "
            "Lab() without broker= runs a Redis of its own."
        )


def answers_ping(port: int, password: str, timeout: float = 1.0) -> bool:
    """Whether a server on loopback answers PING; a plain socket, since nothing is imported yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                more = line.recv(256)
                if not more:
                    return False
                answer += more
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"


def connect(url: str, timeout: float = 2.0, **options: Any) -> redis.Redis:
    """A redis-py client that answers or fails within seconds, where its defaults take a minute."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    settings: dict[str, Any] = {
        "decode_responses": True,
        "socket_connect_timeout": timeout,
        "socket_timeout": None,
        "retry": Retry(NoBackoff(), 0),
    }
    return redis.Redis.from_url(str(url), **(settings | options))


def examine(url: str) -> str:
    """Name and version of an outside server; RedisError in a sentence when it cannot be used."""
    import redis

    where = mask(url)
    try:
        with contextlib.closing(connect(url, socket_timeout=3.0)) as client:
            client.ping()
            try:
                info: dict[str, Any] = client.info("server")
            except redis.exceptions.ResponseError:
                return "not started by this lab"
    except redis.exceptions.AuthenticationError as error:
        raise RedisError(
            f"Redis at {where} wants another password ({error}). "
            "Write it into the address: redis://:PASSWORD@host:6379/0."
        ) from None
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError) as error:
        raise RedisError(
            f"Redis at {where} does not answer ({mask(str(error))}). "
            "Start it, mend the address, or leave broker= out and the lab runs its own."
        ) from None
    except redis.exceptions.RedisError as error:
        raise RedisError(f"{where} cannot be used as Redis: {mask(str(error))}") from None
    except ValueError:  # its text may hold a piece of the password
        raise RedisError(
            f"{where} is not an address of a Redis. Write it as "
            "redis://:PASSWORD@host:6379/0, with @, : and / in a password as %40, %3A and %2F."
        ) from None
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version") or "0")
    require_new_enough(name, version, where)
    return f"{name} {version}, not started by this lab"
