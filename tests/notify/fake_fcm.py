"""A stand-in for Firebase Cloud Messaging and Google's token endpoint, as a process of its own.

    python fake_fcm.py FOLDER PORT

It speaks HTTP/2 over TLS under a private authority, as the real ones do, so that the untouched
library talks to it. What it answers to a message depends on how its registration begins (see
`ANSWERS`); ``/control`` sets how the token endpoint behaves and what a 429 asks for; ``/received``
tells everything that came.
"""

import asyncio
import datetime as dt
import email.utils
import ipaddress
import json
import sys
from collections import Counter
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def _error(status, code, detail=None):
    details = [
        {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": detail}
    ]
    body = {"error": {"status": code, "message": code, "details": details if detail else []}}
    return status, json.dumps(body).encode(), {}


ANSWERS = {
    "unregistered": _error(404, "NOT_FOUND", "UNREGISTERED"),
    "sender": _error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
    "invalid": _error(400, "INVALID_ARGUMENT"),
    "apns": _error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
    "unavailable": _error(503, "UNAVAILABLE"),
    "internal": _error(500, "INTERNAL"),
    "forbidden": _error(403, "PERMISSION_DENIED"),
    "html": (502, b"<html>Bad gateway</html>", {"content-type": "text/html"}),
    "nothing": (200, b"{}", {}),
    "empty": (200, b"", {}),
    "quota": _error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
}


class Fake:
    def __init__(self):
        self.reset()

    def reset(self):
        self.messages, self.token_requests, self.clients = [], 0, set()
        self.tries = Counter()
        self.control = {"token": "ok", "token_delay_s": 0, "delay_s": 0, "retry_after": "1",
                        "expires_in": 3600}  # fmt: skip

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, content, headers = await self.answer(scope, body, send)
        if status is None:
            return
        headers = {"content-type": "application/json"} | headers
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": content})

    async def answer(self, scope, body, send):
        match scope["path"]:
            case "/token":
                return await self.token()
            case "/received":
                told = {
                    "messages": self.messages,
                    "token_requests": self.token_requests,
                    "connections": len(self.clients),
                }
                return 200, json.dumps(told).encode(), {}
            case "/control":
                self.control |= json.loads(body)
                return 200, b"{}", {}
            case "/reset":
                self.reset()
                return 200, b"{}", {}
        return await self.message(scope, json.loads(body)["message"], send)

    async def token(self):
        self.token_requests += 1
        await asyncio.sleep(self.control["token_delay_s"])
        if self.control["token"] == "down":  # noqa: S105 -- how it behaves
            return 503, b"{}", {}
        token = {"access_token": f"token-{self.token_requests}", "token_type": "Bearer",
                 "expires_in": self.control["expires_in"]}  # fmt: skip
        return 200, json.dumps(token).encode(), {}

    async def message(self, scope, message, send):
        self.clients.add(tuple(scope["client"]))
        to = message.get("token") or message.get("fid") or ""
        self.tries[to] += 1
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        self.messages.append(
            {
                "at": asyncio.get_running_loop().time(),
                "http": scope["http_version"],
                "authorized": headers.get("authorization", "").startswith("Bearer token-"),
                "message": message,
            }
        )
        await asyncio.sleep(self.control["delay_s"])
        how, once, _ = to.partition("-")[0].partition("once")
        if once and self.tries[to] > 1:
            how = "ok"
        if how == "cut":
            # Accepted, and then the answer breaks off.
            await send({"type": "http.response.start", "status": 200,
                        "headers": [(b"content-length", b"100")]})  # fmt: skip
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            raise ConnectionResetError
        if how == "slow":
            await asyncio.sleep(60)
        name = {"name": f"projects/test/messages/{len(self.messages)}"}
        status, content, more = ANSWERS.get(how, (200, json.dumps(name).encode(), {}))
        if how == "quota" and self.control["retry_after"]:
            wait = self.control["retry_after"]
            if wait == "date":
                at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
                wait = email.utils.format_datetime(at, usegmt=True)
            more = {"retry-after": wait}
        return status, content, more


def write_files(folder: Path, port: int) -> None:
    """The authority, a certificate under it, and a service account that fits."""
    now = dt.datetime.now(dt.UTC)

    def certificate(name, key, issuer, signer, *extensions):
        builder = x509.CertificateBuilder(
            issuer_name=issuer,
            subject_name=name,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - dt.timedelta(days=1),
            not_valid_after=now + dt.timedelta(days=2),
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = certificate(
        named("Test authority"), ca_key, named("Test authority"), ca_key,
        (x509.BasicConstraints(ca=True, path_length=0), True),
    )  # fmt: skip
    hosts = [x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName("localhost")]
    leaf = certificate(
        named("localhost"), key, ca.subject, ca_key, (x509.SubjectAlternativeName(hosts), False)
    )
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "server.key").write_bytes(key.private_bytes(pem, *plain))
    account_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    account = {
        "type": "service_account",
        "project_id": "test",
        "private_key_id": "1",
        "private_key": account_key.private_bytes(pem, *plain).decode(),
        "client_email": "push@test.example.org",
        "client_id": "1",
        "token_uri": f"https://{HOST}:{port}/token",
    }
    (folder / "account.json").write_text(json.dumps(account))


async def serve(folder: Path, port: int) -> None:
    from hypercorn.asyncio import serve as hypercorn  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415

    config = Config()
    config.bind = [f"{HOST}:{port}"]
    config.certfile, config.keyfile = str(folder / "server.pem"), str(folder / "server.key")
    config.h2_max_concurrent_streams = 1000
    config.errorlog = None
    # Its own 1,000 would close a connection in the middle of others' messages.
    config.keep_alive_max_requests = 10**9
    await hypercorn(Fake(), config)


if __name__ == "__main__":
    write_files(Path(sys.argv[1]), int(sys.argv[2]))
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
