#!/usr/bin/env python3
"""Runs the daemon for a day with every fault mixed in, by a schedule that a seed decides, and counts what arrived.

    tests/outside/day.py [--binary target/release/marsad] [--seed 1] [--hours 24] [--speed 200]

The day takes `--hours` / `--speed`: eight minutes. A small library before the C library's own, built with `cc`, makes both
clocks of the daemon run `--speed` times faster, and its waits as much shorter; deadlines are shorter for the peers too.

Sources fail (500, 503, 429), hang, reset their connections, cut their documents, serve garbage, a challenge or another
layout. Receivers refuse connections, hang, answer 500, 429 with a wish, 200 without the rest, redirect, or are gone (410);
the relay answers 451, 421 and 550 to one recipient, hangs, or is away. In between the daemon is killed and stopped,
reloaded with valid and broken files, loses its disk (RLIMIT_FSIZE), its file handles, and the lock of its database.

Passes when
- every published item reached the receiver without faults, once under one webhook-id, with the same bytes each time;
- at every other channel each item was delivered, or its delivery is in the database with a state and a reason;
- no delivery is in flight at the end, and `marsad doctor` finds the store sound;
- only a kill or a stop of the schedule ended the daemon.

Standard library and `cc`; needs Linux for the limits.
"""

import argparse
import collections
import email
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

FEEDS = 8
# Items an hour of the day.
ITEMS = 30
# Faults an hour of the day, over all kinds.
FAULTS = 10
# How long a fault lasts, in hours of the day.
LONGEST = 1.5
# How long the last deliveries may take after the faults, in real seconds.
PATIENCE = 100
# Less than any store holds.
NOTHING = 4096

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static int64_t speed = 1, wall, steady;
static int64_t nanos(clockid_t clock) {
    struct timespec now;
    syscall(SYS_clock_gettime, clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}
__attribute__((constructor)) static void begin(void) {
    speed = atoll(getenv("DAY_SPEED")), wall = atoll(getenv("DAY_WALL")), steady = atoll(getenv("DAY_STEADY"));
}
int clock_gettime(clockid_t clock, struct timespec *time) {
    int64_t start = clock == CLOCK_REALTIME ? wall : steady;
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
        return syscall(SYS_clock_gettime, clock, time);
    int64_t now = start + (nanos(clock == CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC) - start) * speed;
    time->tv_sec = now / 1000000000, time->tv_nsec = now % 1000000000;
    return 0;
}
int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
    int shorter = timeout > 0 ? (timeout + speed - 1) / speed : timeout;
    return syscall(SYS_epoll_pwait, epoll, events, most, shorter, 0, 8);
}
"""


class Modes:
    """How each peer behaves now; each fault ends at its own time."""

    def __init__(self):
        self.now = {}

    def set(self, peer, mode, seconds):
        self.now[peer] = (mode, time.monotonic() + seconds)

    def of(self, peer):
        mode, end = self.now.get(peer, (None, 0))
        return mode if time.monotonic() < end else None

    def clear(self):
        self.now.clear()


SOURCE_FAULTS = ["500", "503", "429", "hang", "reset", "cut", "garbage", "challenge", "layout", "gone"]
RECEIVER_FAULTS = ["reset", "hang", "500", "429", "200 cut", "302", "503"]
RELAY_FAULTS = ["451", "421", "550", "hang", "reset"]


class Newsroom(scene.Newsroom):
    """Feeds that fail, and one listing page that shows the same items and is redesigned."""

    def __init__(self, modes, rate):
        self.modes = modes
        super().__init__(FEEDS, rate)

    def handler(room):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name = self.path.strip("/")
                feed = name.split("/")[0]
                if not feed.isdigit() or int(feed) >= room.feeds:
                    return self.answer(404, b"")
                mode = room.modes.of(f"source {feed}")
                if name == feed:
                    room.visits[int(feed)] += 1
                    body, kind = room.document(int(feed)), "application/rss+xml; charset=utf-8"
                elif "/item-" in name and "old" not in name:
                    body, kind = room.page(name), "text/html; charset=utf-8"
                else:
                    return self.answer(404, b"")
                self.misbehave(mode, body, kind)

            def misbehave(self, mode, body, kind):
                if mode in ("500", "503", "429"):
                    return self.answer(int(mode), b"", headers={"Retry-After": "600"})
                if mode == "gone":
                    return self.answer(404, b"")
                if mode == "hang":
                    time.sleep(2)
                elif mode == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    self.close_connection = True
                    return self.connection.close()
                elif mode == "cut":
                    self.answer(200, body[: len(body) // 2], kind, {"Content-Length": str(len(body))})
                    self.close_connection = True
                    return None
                elif mode == "garbage":
                    body = bytes(range(256)) * 20
                elif mode == "challenge":
                    body, kind = b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>", "text/html"
                elif mode == "layout":
                    body, kind = b"<html><title>Moved</title><h1>Our new site</h1><a href='/'>home</a></html>", "text/html"
                return self.answer(200, body, kind)

            def answer(self, status, body, kind="text/html", headers=None):
                self.send_response(status)
                headers = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


class Receiver(scene.Receiver):
    """A receiver that fails now and then; what it accepted is in `accepted`."""

    def __init__(self, name, modes, ledger):
        self.name, self.modes, self.accepted = name, modes, collections.defaultdict(list)
        super().__init__(ledger, verify=lambda *_: None)

    def handler(desk):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                mode, at = desk.modes.of(desk.name), time.monotonic()
                if mode == "reset":
                    return self.connection.close()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if mode == "hang":
                    time.sleep(1)
                    return self.connection.close()
                status = {"500": 500, "503": 503, "429": 429, "302": 302, "410": 410}.get(mode, 200)
                desk.take(self.headers, body, at)
                if status == 200:
                    desk.accepted[(json.loads(body).get("data", {}).get("item") or {}).get("url")].append(at)
                self.send_response(status)
                for name, value in {"429": [("Retry-After", "1800")], "302": [("Location", "/elsewhere")]}.get(mode, []):
                    self.send_header(name, value)
                self.send_header("Content-Length", "100" if mode == "200 cut" else "0")
                self.end_headers()
                if mode == "200 cut":
                    self.close_connection = True

            def do_GET(self):
                desk.refused.append("a redirect was followed")
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


class Relay:
    """A mail server of a few lines; `mails` are the recipients and contents that it accepted."""

    def __init__(self, modes):
        self.modes, self.mails = modes, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            peer, _ = self.listener.accept()
            threading.Thread(target=self.attend, args=(peer,), daemon=True).start()

    def attend(self, peer):
        try:
            with peer, peer.makefile("rb") as lines:
                peer.settimeout(30)
                self.converse(peer, lines)
        except OSError:
            pass

    def converse(self, peer, lines):
        mode, to = self.modes.of("relay"), []
        if mode == "reset":
            return
        peer.sendall(b"220 relay.example.org\r\n")
        for line in lines:
            verb = line[:4].upper()
            if mode == "hang" and verb == b"RCPT":
                return time.sleep(1)
            if mode == "421" and verb == b"MAIL":
                return peer.sendall(b"421 4.3.2 shutting down\r\n")
            if mode == "451" and verb == b"RCPT":
                peer.sendall(b"451 4.7.1 greylisted\r\n")
            elif mode == "550" and verb == b"RCPT" and b"gone@" in line:
                peer.sendall(b"550 5.1.1 no such user\r\n")
            elif verb == b"DATA":
                peer.sendall(b"354 go on\r\n")
                content = b""
                for part in lines:
                    if part == b".\r\n":
                        break
                    content += part
                self.mails.append((tuple(to), content))
                peer.sendall(b"250 2.0.0 kept\r\n")
            elif verb == b"QUIT":
                return peer.sendall(b"221 bye\r\n")
            else:
                if verb == b"RCPT":
                    to.append(line.split(b"<")[1].split(b">")[0].decode())
                peer.sendall(b"250 relay.example.org\r\n")
        return None


class Day:
    """The daemon, its peers, and what went wrong."""

    def __init__(self, options, folder):
        self.options, self.folder, self.rng = options, folder, random.Random(options.seed)
        self.modes, self.problems, self.done = Modes(), [], collections.Counter()
        self.newsroom = Newsroom(self.modes, ITEMS * options.speed / 3600)
        self.receivers = {name: Receiver(name, self.modes, folder / f"ledger-{name}") for name in ("desk", "weak", "press", "leaving")}
        self.relay = Relay(self.modes)
        self.config = self.configuration()
        self.text = self.config.read_text()
        self.log, self.reloads = folder / "log", 0
        source, self.shim = folder / "shim.c", folder / "shim.so"
        source.write_text(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim, source], check=True)
        self.env = {
            "LD_PRELOAD": str(self.shim),
            "DAY_SPEED": str(options.speed),
            "DAY_WALL": str(time.time_ns()),
            "DAY_STEADY": str(time.monotonic_ns()),
        }
        self.daemon = self.spawn()

    def configuration(self):
        others = {name: one for name, one in self.receivers.items() if name != "desk"}
        path = scene.configuration(self.folder, self.newsroom, self.receivers["desk"], others=others)
        text = path.read_text().replace('alert = ["desk", ', 'alert = ["desk", "mail", ')
        text = text.replace('every = "1s"\nmin_every = "1s"', 'every = "5m"\nmax_every = "20m"')
        mail = '[[channel]]\nid = "mail"\nemail = ["one@example.org", "gone@example.org"]\n'
        smtp = f'[smtp]\nurl = "smtp://127.0.0.1:{self.relay.port}"\nfrom = "marsad@example.org"\n'
        path.write_text(f"{text}\n{mail}\n{smtp}")
        return path

    def spawn(self):
        return scene.Daemon(self.options.binary, self.config, self.log, self.env)

    def seconds(self, hours):
        """Real seconds of so many hours of the day."""
        return hours * 3600 / self.options.speed

    def alive(self, when):
        """A daemon that ended by itself is a problem; the day goes on with another one."""
        if not self.daemon.alive():
            self.problems.append(f"the daemon ended by itself with {self.daemon.process.returncode} {when}")
            self.daemon.kill()
            self.daemon = self.spawn()

    def source(self):
        mode = self.rng.choice(SOURCE_FAULTS)
        self.modes.set(f"source {self.rng.randrange(FEEDS)}", mode, self.seconds(self.rng.uniform(0.1, LONGEST)))
        return f"source {mode}"

    def receiver(self):
        mode = self.rng.choice(RECEIVER_FAULTS)
        self.modes.set(self.rng.choice(["weak", "press"]), mode, self.seconds(self.rng.uniform(0.1, LONGEST)))
        return f"receiver {mode}"

    def gone(self):
        self.modes.set("leaving", "410", 1e9)
        return "receiver 410"

    def mail(self):
        mode = self.rng.choice(RELAY_FAULTS)
        self.modes.set("relay", mode, self.seconds(self.rng.uniform(0.1, LONGEST)))
        return f"relay {mode}"

    def kill(self):
        self.daemon.kill()
        self.daemon = self.spawn()
        return "kill -9"

    def stop(self):
        status, took = self.daemon.stop()
        if status != 0:
            self.problems.append(f"the daemon stopped with {status} after {took:.1f} s")
        time.sleep(self.seconds(self.rng.uniform(0, 0.2)))
        self.daemon = self.spawn()
        return "stop and start"

    def reload(self):
        self.reloads += 1
        broken = self.rng.random() < 0.4
        more = "\n[[source]]\nid = 1\n" if broken else f'\n[[watch]]\nid = "reload-{self.reloads}"\nany = ["Zanzibar lighthouse {self.reloads}"]\nalert = ["desk"]\n'
        new = self.config.with_suffix(".new")
        new.write_text(self.text + more)
        new.rename(self.config)
        return "reload of a broken file" if broken else "reload"

    def disk(self):
        self.limit(resource.RLIMIT_FSIZE, NOTHING)
        return "no disk space"

    def handles(self):
        self.limit(resource.RLIMIT_NOFILE, len(os.listdir(f"/proc/{self.daemon.process.pid}/fd")))
        return "no file handle"

    def limit(self, limit, value):
        pid = self.daemon.process.pid
        soft, hard = resource.prlimit(pid, limit)
        resource.prlimit(pid, limit, (value, hard))
        time.sleep(self.seconds(self.rng.uniform(0.05, 0.15)))
        if self.daemon.alive():
            resource.prlimit(pid, limit, (soft, hard))

    def lock(self):
        database = sqlite3.connect(self.folder / "state/marsad.db", timeout=5, isolation_level=None)
        try:
            database.execute("begin exclusive")
            time.sleep(self.seconds(self.rng.uniform(0.02, 0.1)))
            database.execute("rollback")
        except sqlite3.OperationalError:
            return "a lock that was not given"
        finally:
            database.close()
        return "the database locked"

    def run(self):
        scene.wait_until(lambda: min(self.newsroom.visits) >= 1, 60, "the first visits", self.daemon)
        time.sleep(self.seconds(0.2))
        self.newsroom.open()
        steps = [self.source] * 4 + [self.receiver] * 3 + [self.mail] * 2 + [self.kill, self.stop, self.reload, self.disk, self.handles, self.lock]
        end = time.monotonic() + self.seconds(self.options.hours)
        last = end - self.seconds(self.options.hours / 8)
        gone = end - self.seconds(self.options.hours / 2)
        while (now := time.monotonic()) < last:
            self.alive("during the day")
            if gone and now > gone:
                gone = None
                self.done[self.gone()] += 1
            self.done[self.rng.choice(steps)()] += 1
            time.sleep(self.seconds(self.rng.expovariate(FAULTS)))
        leaving = self.modes.of("leaving")
        self.modes.clear()
        if leaving:
            self.modes.set("leaving", leaving, 1e9)
        self.config.write_text(self.text)
        time.sleep(max(0, end - time.monotonic()))
        self.newsroom.close()
        self.settle()
        self.judge()

    def rows(self):
        return scene.Marsad(self.options.binary, self.config).rows("deliveries", "list")

    def settle(self):
        """Waits until the receiver without faults has everything and nothing is in flight or due soon."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.alive("at the end of the day")
            if self.newsroom.published() <= set(self.receivers["desk"].accepted):
                states = collections.Counter(row["state"] for row in self.rows())
                if not states["inflight"] and not states["pending"]:
                    break
            if self.daemon.alive():
                self.daemon.process.send_signal(signal.SIGUSR1)
            time.sleep(2)
        status, took = self.daemon.stop()
        if status != 0:
            self.problems.append(f"the daemon stopped with {status} after {took:.1f} s")

    def judge(self):
        rows, published = self.rows(), self.newsroom.published()
        self.states = collections.Counter((row["channel"], row["state"]) for row in rows)
        reasons = lambda row: (row.get("last_failure") or {}).get("message")
        alerts = collections.defaultdict(dict)
        for row in rows:
            alerts[row["channel"]][row["id"]] = row
            if row["state"] == "inflight" or row["state"] == "dead" and not reasons(row):
                self.problems.append(f"{row['channel']}: a delivery is {row['state']} without a reason: {json.dumps(row)}")
        bodies = self.bodies()
        for name, receiver in self.receivers.items():
            owed = {bodies.get(id) for id, row in alerts[name].items() if row["state"] in ("pending", "held", "dead", "cancelled")}
            lost = published - set(receiver.accepted) - (set() if name == "desk" else owed)
            if lost:
                self.problems.append(f"{name}: {len(lost)} of {len(published)} items are lost, such as {sorted(lost)[:3]}")
            self.judge_letters(name, receiver)
        mailed = {url for _, mail in self.relay.mails for url in self.addresses(mail)}
        owed = {bodies.get(id) for id, row in alerts["mail"].items() if row["state"] != "delivered"}
        if lost := published - mailed - owed:
            self.problems.append(f"mail: {len(lost)} items are lost, such as {sorted(lost)[:3]}")
        status, said = scene.doctor(self.options.binary, self.config)
        if "✗ store" in said or "store: intact" not in said:
            self.problems.append(f"doctor ended with {status}: {said}")
        panics = [line for line in self.log.read_text(errors="replace").splitlines() if "panicked" in line]
        if panics:
            self.problems.append(f"{len(panics)} panics, such as {panics[0]}")

    def bodies(self):
        """The item of each delivery, by the database."""
        database = sqlite3.connect(f"file:{self.folder / 'state/marsad.db'}?mode=ro", uri=True)
        found = {}
        for id, content in database.execute("select delivery.id, alert.content from delivery join alert on alert.number = delivery.alert"):
            for url in self.newsroom_addresses(content):
                found[id] = url
        database.close()
        return found

    def newsroom_addresses(self, content):
        prefix = f"http://127.0.0.1:{self.newsroom.port}/"
        at = content.find(prefix)
        if at >= 0:
            yield content[at:].split('"')[0].split("\\")[0]

    def addresses(self, mail):
        """The items that a mail names."""
        parts = email.message_from_bytes(mail).walk()
        text = b"\n".join(part.get_payload(decode=True) or b"" for part in parts if not part.is_multipart())
        return re.findall(rf"http://127\.0\.0\.1:{self.newsroom.port}/\d+/item-\d+", text.decode(errors="replace"))

    def judge_letters(self, name, receiver):
        ids, bytes_of = collections.defaultdict(set), collections.defaultdict(set)
        for letter in receiver.letters:
            if letter["url"]:
                ids[letter["url"]].add(letter["id"])
                bytes_of[letter["id"]].add(letter["sha256"])
        twice = [url for url, names in ids.items() if len(names) > 1]
        if twice:
            self.problems.append(f"{name}: {len(twice)} items came under two ids, such as {twice[:3]}")
        changed = [id for id, hashes in bytes_of.items() if len(hashes) > 1]
        if changed:
            self.problems.append(f"{name}: {len(changed)} ids came with different bytes")
        before = [url for url in ids if "/item-old-" in url]
        if before:
            self.problems.append(f"{name}: {len(before)} items of the first visit alerted")
        self.problems += [f"{name}: {refused}" for refused in receiver.refused[:3]]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--hours", type=float, default=24)
    arguments.add_argument("--speed", type=int, default=200, help="how many times faster than real time")
    arguments.add_argument("--keep", help="where to copy the folder of a failed run to")
    options = arguments.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="marsad-day-") as name:
        day = Day(options, Path(name))
        day.states = {}
        try:
            day.run()
        except SystemExit as failure:
            day.problems.append(str(failure))
        finally:
            if day.daemon.alive():
                day.daemon.kill()
        if options.keep and day.problems:
            shutil.copytree(name, options.keep, dirs_exist_ok=True)
        for problem in day.problems:
            print(f"day: {problem}")
        if day.problems:
            print(scene.tail(day.log))
    faults = ", ".join(f"{count} × {what}" for what, count in sorted(day.done.items()))
    states = ", ".join(f"{channel} {state} {count}" for (channel, state), count in sorted(day.states.items()))
    letters = sum(len(receiver.letters) for receiver in day.receivers.values())
    verdict = f"FAILED (seed {options.seed})" if day.problems else "nothing lost"
    print(f"day: faults: {faults}\nday: deliveries: {states}")
    print(
        f"day: {options.hours:g} hours, {sum(day.done.values())} faults, {len(day.newsroom.published())} items, {letters} requests, "
        f"{len(day.relay.mails)} mails, seed {options.seed}, {time.monotonic() - began:.0f} s: {verdict}"
    )
    sys.exit(1 if day.problems else 0)


main()
