"""What the checks from outside share: a newsroom that never stops, a receiver with a ledger, and the daemon's process.

Nothing here uses marsad's own code: the daemon is judged by what arrives. Standard library only.
"""

import base64
import functools
import hashlib
import hmac
import json
import math
import os
import random
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote
from xml.sax.saxutils import escape

WATCHED = "Organisation of Islamic Cooperation"
SECRET = "whsec_" + base64.b64encode(hashlib.sha256(b"a secret of this check").digest()).decode()


@functools.lru_cache(maxsize=None)
def wording(name):
    """Forty words that no other item has in this order, so that nothing is taken for a copy."""
    rng = random.Random(name)
    syllables = ["ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"]
    return " ".join("".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))) for _ in range(40))


class Server(ThreadingHTTPServer):
    """A server for which a caller that dies in the middle is no news."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Newsroom:
    """Feeds whose items appear at a steady rate from the moment that `open` is called.

    Every second feed cuts its texts; the whole ones stand on the items' own pages."""

    def __init__(self, feeds=4, rate=20.0):
        self.feeds, self.rate = feeds, rate
        self.opened = self.closed = None
        self.paused, self.idle = None, 0.0
        self.visits = [0] * feeds
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def open(self):
        self.opened = time.monotonic()

    def close(self):
        self.resume()
        self.closed = time.monotonic()

    def pause(self):
        """Publishes nothing until `resume`: a feed shows its newest items only, and none may leave it unread."""
        self.paused = self.paused or time.monotonic()

    def resume(self):
        if self.paused:
            paused, self.paused = self.paused, None
            self.idle += time.monotonic() - paused

    def count(self):
        if self.opened is None:
            return 0
        return int(((self.closed or self.paused or time.monotonic()) - self.opened - self.idle) * self.rate)

    def address(self, feed, number):
        return f"http://127.0.0.1:{self.port}/{feed}/item-{number}"

    def published(self):
        return {self.address(number % self.feeds, number) for number in range(self.count())}

    def document(self, feed):
        numbers = [number for number in range(self.count()) if number % self.feeds == feed][-300:]
        said = (lambda n: f"{wording(n)[:80]} …") if self.cuts(feed) else wording
        items = "".join(self.item(self.address(feed, n), f"{WATCHED}: {wording(n)[:60]}", said(n)) for n in reversed(numbers))
        items += "".join(self.item(self.address(feed, f"old-{n}"), f"{WATCHED} before {n}", wording(f"{feed} old {n}")) for n in range(5))
        return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>feed {feed}</title><link>http://127.0.0.1/</link>{items}</channel></rss>'.encode()

    @staticmethod
    def cuts(feed):
        return feed % 2 == 1

    def page(self, name):
        number = int(name.rsplit("-", 1)[1])
        title = f"{WATCHED}: {wording(number)[:60]}"
        return f"<html lang=en><title>{title}</title><article><h1>{title}</h1><p>{wording(number)}</p></article></html>".encode()

    @staticmethod
    def item(address, title, text):
        return f"<item><title>{escape(title)}</title><link>{address}</link><guid>{address}</guid><description>{escape(text)}</description></item>"

    def handler(room):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name = self.path.strip("/")
                if "/item-" in name and "old" not in name:
                    return self.answer(200, room.page(name), None, "text/html; charset=utf-8")
                if not name.isdigit() or int(name) >= room.feeds:
                    return self.answer(404, b"", None)
                body = room.document(int(name))
                etag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
                room.visits[int(name)] += 1
                if self.headers.get("If-None-Match") == etag:
                    return self.answer(304, b"", etag)
                self.answer(200, body, etag)

            def answer(self, status, body, etag, kind="application/rss+xml; charset=utf-8"):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                if etag:
                    self.send_header("ETag", etag)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


class Receiver:
    """A webhook receiver whose ledger is on the disk before it answers.

    It notes when each request began to arrive, by a clock of its own that never steps back."""

    def __init__(self, ledger, verify=None):
        self.ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.lock = threading.Lock()
        self.letters = []
        self.refused = []
        self.verify = verify or verify_by_hand
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, body, at):
        """Keeps a request; the status to answer with, where it is not 204."""
        try:
            self.verify(headers, body)
        except Exception as error:
            self.refused.append(f"{headers.get('webhook-id')}: {error!r}")
        listed = []
        letter = {"id": headers.get("webhook-id"), "sha256": hashlib.sha256(body).hexdigest(), "url": None, "type": None, "seq": None, "epoch": None, "at": at}
        try:
            said = json.loads(body)
            letter["type"] = said["type"]
            letter["seq"], letter["epoch"] = said["data"].get("seq"), said["data"].get("epoch")
            if said["type"] == "digest":
                listed = [{**letter, "url": item["url"]} for item in said["data"]["items"]]
            letter["url"] = said["data"]["item"]["url"]
        except (ValueError, KeyError, TypeError):
            pass
        with self.lock:
            for line in listed or [letter]:
                os.write(self.ledger, (json.dumps(line) + "\n").encode())
            os.fsync(self.ledger)
            self.letters.extend(listed or [letter])

    def handler(desk):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                at = time.monotonic()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status := desk.take(self.headers, body, at) or 204)
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


class Site:
    """Serves documents by their path, each with its headers."""

    def __init__(self, documents):
        self.documents = documents
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(site):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name = unquote(self.path.strip("/"))
                body, headers = site.documents.get(name, (b"", None))
                self.send_response(200 if headers else 404)
                for key, value in (headers or {}).items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


class Desk(Receiver):
    """A receiver that also keeps what was said."""

    def __init__(self, ledger):
        self.bodies = []
        super().__init__(ledger)

    def take(self, headers, body, at):
        self.bodies.append(json.loads(body))
        super().take(headers, body, at)


class WholeTexts(Newsroom):
    """Feeds with whole texts."""

    @staticmethod
    def cuts(feed):
        return False


def percentile(latencies, part=0.99):
    """The latency that this part of all stays within; infinite if there is none."""
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)] if ordered else math.inf


class Marsad:
    """The commands beside the daemon."""

    def __init__(self, binary, config):
        self.binary, self.config = binary, config

    def database(self):
        return self.config.parent / "state/marsad.db"

    def rows(self, *command):
        command = [*command, "--json", "--limit", "100000", "--config", str(self.config)]
        done = subprocess.run([self.binary, *command], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def verify_by_hand(headers, body):
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(mine, given) for given in headers["webhook-signature"].split(" ")):
        raise ValueError("no signature fits the body")
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        raise ValueError("the timestamp is not of now")


def configuration(folder, newsroom, receiver, more="", others=None):
    """Writes a configuration into the folder and gives its path; `others` are further receivers by their channel."""
    secret = folder / "secret"
    secret.write_text(SECRET)
    text = f"""
state_dir = "{folder / 'state'}"
timezone = "UTC"

[http]
listen = ""

[fetch]
host_delay = "0s"
per_host = 8

[[watch]]
id = "watched"
any = ["{WATCHED}"]
alert = {json.dumps(["desk", *(others or {})])}
{more}"""
    for channel, desk in {"desk": receiver, **(others or {})}.items():
        text += f"""
[[channel]]
id = "{channel}"
webhook = "http://127.0.0.1:{desk.port}/hook"
secret = {{ file = "{secret}" }}
max_in_flight = 4
"""
    for feed in range(newsroom.feeds):
        text += f"""
[[source]]
id = "feed-{feed}"
feed = "http://127.0.0.1:{newsroom.port}/{feed}"
every = "1s"
min_every = "1s"
follow = "{'auto' if newsroom.cuts(feed) else 'never'}"
allow_networks = ["127.0.0.0/8"]
"""
    path = folder / "marsad.toml"
    path.write_text(text)
    return path


class Daemon:
    """`marsad run` as a process of its own."""

    def __init__(self, binary, config, log, env=None):
        self.log = open(log, "ab")
        environment = {**os.environ, **(env or {})}
        self.process = subprocess.Popen([binary, "run", "--config", str(config)], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=environment)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self, within=15):
        started = time.monotonic()
        self.process.terminate()
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise SystemExit(f"the daemon did not stop within {within} s")
        self.log.close()
        return status, time.monotonic() - started

    def alive(self):
        return self.process.poll() is None


def wait_until(condition, seconds, what, daemon=None):
    end = time.monotonic() + seconds
    while not condition():
        if daemon is not None and not daemon.alive():
            raise SystemExit(f"the daemon ended with {daemon.process.returncode} while waiting for {what}")
        if time.monotonic() > end:
            raise SystemExit(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def doctor(binary, config):
    """`marsad doctor`: its status and what it printed."""
    done = subprocess.run([binary, "doctor", "--config", str(config)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    return done.returncode, (done.stdout + done.stderr).strip()


def tail(path, lines=20):
    return "\n".join(Path(path).read_text(errors="replace").splitlines()[-lines:])


def run(marsad, log):
    """Runs the daemon until every source is visited, no item waits for its page, and nothing is owed."""
    before = {row["id"]: row["last_visit"] for row in marsad.rows("sources")} if marsad.database().exists() else {}

    def read():
        rows = marsad.rows("sources")
        return all(row["last_visit"] not in (None, before.get(row["id"])) and row["waiting"] == 0 for row in rows)

    def settled():
        return all(row["state"] in ("delivered", "dead") for row in marsad.rows("deliveries", "list"))

    daemon = Daemon(marsad.binary, marsad.config, log)
    try:
        wait_until(lambda: "watching" in log.read_text(), 60, "the start", daemon)
        if before:
            daemon.process.send_signal(signal.SIGUSR1)
        wait_until(read, 180, "the visits and pages", daemon)
        wait_until(settled, 60, "the deliveries", daemon)
        status, took = daemon.stop()
    except SystemExit:
        daemon.kill()
        raise
    if status != 0:
        raise SystemExit(f"the daemon stopped with {status} after {took:.1f} s")
