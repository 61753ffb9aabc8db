"""A mail server that keeps what it takes, and fails as it is told to."""

import asyncio
import contextlib
import email
import email.policy
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """``replies`` gives an answer to a recipient or, behind ``data:``, to what comes for them."""

    port: int = 0
    taken: list = field(default_factory=list)
    raw: list = field(default_factory=list)
    replies: dict = field(default_factory=dict)
    connections: int = 0
    messages_each: int = 1000
    """After so many messages a connection is closed."""

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    async def talk(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader, writer):
        def say(line):
            writer.write(f"{line}\r\n".encode())

        say("220 here")
        to, count = [], 0
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb = line.upper().split()[0]
            if verb == "MAIL":
                if count >= self.messages_each:
                    return
                to = []
                say(self.replies.get("mail", "250 ok"))
            elif verb == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
                say(self.replies.get(to[-1], "250 ok"))
            elif verb == "DATA":
                say("354 go on")
                raw = (await reader.readuntil(b"\r\n.\r\n"))[:-5]
                reply = self.replies.get(f"data:{to[-1]}", "250 ok")
                if reply in {"250 ok", "cut"}:
                    self._take(to, raw)
                if reply == "cut":
                    return
                count += 1
                say(reply)
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def _take(self, to, raw):
        raw = raw.replace(b"\r\n..", b"\r\n.")
        self.raw.append(raw)
        self.taken.append((to, email.message_from_bytes(raw, policy=email.policy.default)))


@contextlib.asynccontextmanager
async def mail_server(**more):
    """A running one."""
    server = MailServer(**more)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
