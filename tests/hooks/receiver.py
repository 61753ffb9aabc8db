"""A receiver of webhooks as somebody might write one: its own process, standard library only.

It verifies each signature as the Standard Webhooks specification says, and answers as its path
says: ``/500``, ``/410``, ``/307``, ``/slow``, ``/429``; anything else with 204. What it got is on
its standard output, a JSON line for each.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SECRETS = Path(sys.argv[1])


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        name = self.path.strip("/")
        got = {"path": name, "id": self.headers["webhook-id"], "body": body.decode()}
        got["genuine"] = any(self.genuine(body, secret) for secret in SECRETS.read_text().split())
        sys.stdout.write(json.dumps(got) + "\n")
        sys.stdout.flush()
        if name == "slow":
            time.sleep(5)
        self.send_response(int(name) if name.isdecimal() else 204)
        self.send_header("Content-Length", "0")
        if name == "307":
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/redirected")
        if name == "429":
            self.send_header("Retry-After", "1000")
        self.end_headers()

    def genuine(self, body, secret):
        sent_at = self.headers["webhook-timestamp"]
        if abs(time.time() - int(sent_at)) > 300:
            return False
        signed = f"{self.headers['webhook-id']}.{sent_at}.".encode() + body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        given = self.headers["webhook-signature"].split()
        return any(hmac.compare_digest(one, f"v1,{wanted}") for one in given)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Receiver)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
