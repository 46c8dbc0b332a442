"""A mail server on loopback that keeps what it gets: real SMTP, and no mail leaves the machine."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from email.message import EmailMessage

PATIENCE = 5.0


class Mailbox:
    """A real SMTP server that takes `seconds` for each mail, as a distant one would.

    It listens on a free loopback port, in a thread of this process, and ends with it. `mails`
    has what arrived, in that order.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.mails: list[EmailMessage] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None

    def __repr__(self) -> str:
        return "Mailbox: a mail server on loopback"

    def __len__(self) -> int:
        return len(self.mails)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """``127.0.0.1:port`` while it runs, and empty before and after."""
        if self._server is None:
            return ""
        return "{}:{}".format(*self._server.sockets[0].getsockname())

    def start(self) -> Self:
        """Begin to take mail; starting twice is harmless."""
        if self._server is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_run, args=(self._loop,), name="mailbox", daemon=True).start()
            listening = asyncio.run_coroutine_threadsafe(self._listen(self._loop), self._loop)
            self._server = listening.result(PATIENCE)
        return self

    def stop(self) -> None:
        """Take no more mail; what has arrived stays in `mails`. Harmless if it does not run."""
        server, self._server = self._server, None
        if server is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(server.close)
            self._loop.call_soon_threadsafe(self._loop.stop)

    def clear(self) -> None:
        """Forget what has arrived."""
        self.mails.clear()

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        """What aiosmtpd calls for each mail; the answer is the server's line to the client."""
        import email
        from email.policy import default

        await asyncio.sleep(self.seconds)
        # On the wire lines end otherwise than in a text.
        content = envelope.content.replace(b"\r\n", b"\n")
        self.mails.append(email.message_from_bytes(content, policy=default))
        return "250 Kept"

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        from aiosmtpd.smtp import SMTP

        # Its own name, or aiosmtpd asks the network for one.
        return await loop.create_server(
            lambda: SMTP(self, hostname="localhost", loop=loop), "127.0.0.1", 0
        )


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.run_until_complete(_hang_up())
    loop.close()


async def _hang_up() -> None:
    """End what is still being said to somebody."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
