"""A learning platform on the worst of days: it answers with whatever may go wrong, and watches what it is sent."""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FAULTS = (
    "500", "502", "503", "504", "503-later", "429-later", "hang", "reset-before", "reset-after", "401", "403", "409",
    "page", "redirect",
)  # fmt: skip
RARE = 0.15
"""How often a fault that asks for rest is one, so that a test does not rest all day."""


class FaultPlatform:
    """One column at `/2/lineitems/1/lineitem`; `share_of_faults` of all scores, tokens and results go wrong.

    `gradebook` is subject -> (score of 1, stamp); `violations` is whatever no platform should ever be sent.
    """

    def __init__(self, *, seed=1, share_of_faults=0.0, latency=0.0, hang=0.5, maximum=100):
        self.chance, self.share_of_faults = random.Random(seed), share_of_faults  # noqa: S311 - chance that can be had again
        self.latency, self.hang, self.maximum = latency, hang, maximum
        self.gradebook, self.violations = {}, []
        self.columns, self.members, self.page_size = {}, [], 50
        self.counts, self.stamps, self.in_flight = Counter(), defaultdict(list), Counter()
        self.scores = []
        self.most_in_flight = self.most_at_once = self._at_once = 0
        self.refuses, self.down, self.hides_results = set(), False, False
        self.tokens = set()
        self._lock = threading.Lock()

    @contextmanager
    def serve(self):
        """Run it on a free port; the address."""

        class Handler(_Handler):
            platform = self

        server = _Server(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        self.base = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self.base
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @property
    def line_items_url(self):
        return f"{self.base}/2/lineitems?type_id=1"

    @property
    def line_item_url(self):
        return f"{self.base}/2/lineitems/1/lineitem?type_id=1"

    def add_column(self, number=1, link="1", resource=""):
        self.columns[number] = {
            "id": f"{self.base}/2/lineitems/{number}/lineitem?type_id=1",
            "label": "Chains",
            "scoreMaximum": self.maximum,
            "resourceLinkId": link,
            "resourceId": resource,
        }

    def share(self, subject):
        return self.gradebook[subject][0]

    def fault(self):
        """What goes wrong now; None: nothing."""
        with self._lock:
            if self.chance.random() >= self.share_of_faults:
                return None
            found = self.chance.choice(FAULTS)
            if found.endswith("-later") and self.chance.random() > RARE:
                return "503"
            return found

    @contextmanager
    def watched(self, subject):
        """While a score of somebody is looked at."""
        with self._lock:
            self.in_flight[subject] += 1
            self._at_once += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight[subject])
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self.in_flight[subject] -= 1
                self._at_once -= 1

    def receive(self, body):
        """Look at a score as it came, whatever becomes of it."""
        subject, stamp = body["userId"], datetime.fromisoformat(body["timestamp"])
        with self._lock:
            self.scores.append(body)
            earlier = self.stamps[subject]
            if earlier and int(stamp.timestamp()) <= int(earlier[-1].timestamp()):
                self.violations.append(f"{subject}: stamped {stamp} after {earlier[-1]}")
            earlier.append(stamp)
            if body.get("scoreGiven") is None or body["gradingProgress"] != "FullyGraded":
                self.violations.append(f"{subject}: {body}")

    def apply(self, body):
        """Take a score; False where there is one that is not older by whole seconds."""
        subject, stamp = body["userId"], datetime.fromisoformat(body["timestamp"])
        with self._lock:
            known = self.gradebook.get(subject)
            if known is not None and int(stamp.timestamp()) <= int(known[1].timestamp()):
                return False
            self.gradebook[subject] = (body["scoreGiven"] / body["scoreMaximum"], stamp)
            return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Whoever was killed has hung up: that is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    platform: FaultPlatform

    def log_message(self, *args):
        """Tell nothing."""

    def answer(self, status, body=None, *, text=None, **headers):
        content = (json.dumps(body) if text is None else text).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def break_off(self):
        """Reset the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.wfile = self.rfile = _Nothing()

    def goes_wrong(self, fault):
        """Answer with a fault; False where it comes later, or there is none."""
        if fault in (None, "reset-after"):
            return False
        if fault == "hang":
            time.sleep(self.platform.hang)
            self.break_off()
        elif fault == "reset-before":
            self.break_off()
        elif fault == "page":
            self.answer(200, text="<!DOCTYPE html><html>We are back soon</html>")
        elif fault == "redirect":
            self.answer(302, text="", Location="/login")
        elif fault.endswith("-later"):
            self.answer(int(fault[:3]), text="", Retry_After="1" if fault[0] == "4" else formatdate(time.time() + 1))
        else:
            self.answer(int(fault), [])
        return True

    def do_GET(self):
        platform, path = self.platform, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(path.query).items()}
        if platform.down or self.goes_wrong(platform.fault()):
            return platform.down and self.break_off()
        if path.path.endswith("/results"):
            return self.results(path, query.get("user_id"))
        if path.path.endswith("/lineitems"):
            platform.counts["lineitems"] += 1
            return self.answer(200, list(platform.columns.values()))
        if path.path.endswith("/lineitem"):
            number = int(path.path.split("/")[-2])
            found = platform.columns.get(number)
            return self.answer(404, []) if found is None else self.answer(200, found)
        if path.path == "/members":
            return self.members(int(query.get("from", 0)))
        return self.answer(404, [])

    def results(self, path, user_id):
        platform = self.platform
        if platform.hides_results or int(path.path.split("/")[-3]) not in platform.columns:
            return self.answer(404, [])
        results = [
            {
                "userId": subject,
                "resultScore": share * platform.maximum,
                "resultMaximum": platform.maximum,
                "timestamp": stamp.isoformat(),
            }
            for subject, (share, stamp) in sorted(platform.gradebook.items())
            if user_id in (None, subject)
        ]
        return self.answer(200, results)

    def members(self, start):
        platform = self.platform
        platform.counts["member pages"] += 1
        page = platform.members[start : start + platform.page_size]
        following = start + platform.page_size
        link = {"Link": f'<{platform.base}/members?from={following}>; rel="next"'} if page else {}
        return self.answer(200, {"id": platform.base, "context": {"id": "c1"}, "members": page}, **link)

    def do_POST(self):
        platform, path = self.platform, urlsplit(self.path)
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if platform.down:
            return self.break_off()
        if path.path == "/token":
            return self.token(parse_qs(raw.decode()))
        if path.path.endswith("/lineitems"):
            return self.make_column(json.loads(raw))
        if path.path.endswith("/scores"):
            body = json.loads(raw)
            with platform.watched(body["userId"]):
                return self.score(path, body)
        return self.answer(400, [], text='"No handler found"')

    def token(self, form):
        platform = self.platform
        platform.counts["tokens"] += 1
        if not self.goes_wrong(platform.fault()):
            text = f"token-{platform.counts['tokens']}"
            platform.tokens.add(text)
            self.answer(200, {"access_token": text, "expires_in": 3600, "scope": form["scope"][0]})

    def make_column(self, body):
        platform = self.platform
        fault = platform.fault()
        if self.goes_wrong(fault):
            return
        platform.counts["columns made"] += 1
        number = platform.counts["columns made"]
        platform.add_column(number, body["resourceLinkId"], body["resourceId"])
        platform.columns[number]["scoreMaximum"] = body["scoreMaximum"]
        if fault == "reset-after":
            self.break_off()
        else:
            self.answer(201, platform.columns[number])

    def score(self, path, body):
        platform, fault = self.platform, self.platform.fault()
        platform.receive(body)
        platform.counts["scores"] += 1
        time.sleep(platform.latency)
        if self.headers["Content-Type"] != "application/vnd.ims.lis.v1.score+json" or path.query != "type_id=1":
            platform.violations.append(f"{self.path}: {self.headers['Content-Type']}")
            self.answer(400, [])
        elif self.headers["Authorization"].removeprefix("Bearer ") not in platform.tokens:
            self.answer(401, [])
        elif int(path.path.split("/")[-3]) not in platform.columns:
            self.answer(404, [])
        elif body["userId"] in platform.refuses:
            self.answer(400, [], text="[]")
        elif not self.goes_wrong(fault):
            if not platform.apply(body):
                self.answer(409, [])
            elif fault == "reset-after":
                self.break_off()
            else:
                self.answer(200, text="")


class _Nothing:
    """What a connection that was reset is read from and written to."""

    closed = True

    def write(self, _data):
        return 0

    def flush(self):
        return None

    def close(self):
        return None

    def readline(self, *_args):
        return b""
