"""The platform's end of the webhook: takes announcements and believes only signed ones (Standard Webhooks)."""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(identifier, timestamp, body):
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = b".".join((identifier.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Receiver:
    """What was announced: (id, announcement) in the order of arrival."""

    def __init__(self, port):
        self.port, self.url = port, f"http://127.0.0.1:{port}/announcements"
        self.heard, self.forged, self.refuse = [], [], 1

    def take(self, headers, body):
        """The status for an announcement. As many as `refuse` says are turned away, to see them come again."""
        identifier = headers.get("webhook-id", "")
        expected = signature(identifier, headers.get("webhook-timestamp", ""), body)
        if expected not in headers.get("webhook-signature", "").split():
            self.forged.append(identifier)
            return 401
        self.heard.append((identifier, json.loads(body)))
        if self.refuse:
            self.refuse -= 1
            return 503
        return 204

    def announced(self, kind, local_event_id):
        """The ids under which something came, once for each time that it came."""
        about = (kind, local_event_id)
        return [name for name, told in self.heard if (told["type"], told["data"]["local_event_id"]) == about]


@contextlib.contextmanager
def listening():
    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(receiver.take(self.headers, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    receiver = Receiver(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
