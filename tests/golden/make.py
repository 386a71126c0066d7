#!/usr/bin/env python3
"""Makes a golden database: what a version of marsad stores, as a text.

    tests/golden/make.py BINARY > tests/golden/NUMBER.sql

BINARY is marsad as it was when the migration NUMBER was the newest one:

    git log --format='%h %s' -- migrations/sqlite      # find the first commit of the next migration
    git worktree add /tmp/old COMMIT^ && cd /tmp/old && cargo build

The daemon visits a feed with one older item, and then tests/golden/feed.xml with seven more, which all alert. Four of the
deliveries arrive, one fails, and one is under way when the daemon is killed. States that take days or a command are
set in the database afterwards: each of the six states has at least one delivery. Standard library only.
"""

import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FEED = (Path(__file__).parent / "feed.xml").read_bytes()
OLD = (
    b"<item><title>Old lighthouse reopens</title><link>https://news.example.org/lighthouse</link>"
    b"<description>What stood there before the first visit.</description></item></channel>"
)
EMPTY = FEED[: FEED.index(b"<item>")] + OLD + b"</rss>"
FULL = FEED.replace(b"</channel>", OLD)
LIMIT = 60

CONFIG = """state_dir = "{folder}/state"
timezone = "UTC"

[http]
listen = ""

[fetch]
host_delay = "0s"

[[source]]
id = "wire"
feed = "http://127.0.0.1:{port}/feed"
every = "1s"
min_every = "1s"
lang = "en"
follow = "never"
allow_networks = ["127.0.0.0/8"]

[[watch]]
id = "all"
any = ["council"]
alert = ["desk"]

[[channel]]
id = "desk"
webhook = "http://127.0.0.1:{port}/hook"
secret = {{ value = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" }}
"""


class World:
    def __init__(self):
        self.feed, self.visits, self.letters, self.holding = EMPTY, 0, [], threading.Event()
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                world.visits += self.path == "/feed"
                self.reply(200 if self.path == "/feed" else 404, world.feed)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                name = self.headers["webhook-id"]
                first = name not in world.letters
                world.letters.append(name)
                number = len(set(world.letters))
                if number == 5:
                    return self.reply(500, b"later")
                if number >= 6:
                    # Under way until the daemon is killed.
                    world.holding.wait(LIMIT)
                self.reply(200 if first else 500, b"")

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def until(what, condition):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"waited in vain for {what}")
        time.sleep(0.1)


def main():
    binary = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        world = World()
        config = Path(folder) / "marsad.toml"
        config.write_text(CONFIG.format(folder=folder, port=world.server.server_address[1]))
        daemon = subprocess.Popen([binary, "run", "--config", str(config)], stdout=sys.stderr, stderr=sys.stderr)
        try:
            until("the first visits", lambda: world.visits >= 2)
            world.feed = FULL
            until("the deliveries", lambda: len(set(world.letters)) >= 6)
        finally:
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
            world.holding.set()
        dump(Path(folder) / "state/marsad.db")


def dump(path):
    database = sqlite3.connect(path)
    rows = database.execute("select number, state from delivery order by seq").fetchall()
    print(rows, file=sys.stderr)
    assert len(rows) == 7, rows
    delivered = [number for number, state in rows if state == "delivered"]
    now = database.execute("select max(made_at) from delivery").fetchone()[0]
    for number, state, next_attempt, settled in [
        (delivered[0], "dead", None, now),
        (delivered[1], "cancelled", None, now),
        (delivered[2], "held", now, None),
    ]:
        database.execute(
            "update delivery set state = ?, next_attempt_at = ?, settled_at = ? where number = ?",
            (state, next_attempt, settled, number),
        )
    database.commit()
    states = dict(database.execute("select state, count(*) from delivery group by state"))
    assert len(states) == 6, states
    print("-- Made by tests/golden/make.py.")
    print("PRAGMA foreign_keys=OFF;")
    for line in database.iterdump():
        print(line)


main()
