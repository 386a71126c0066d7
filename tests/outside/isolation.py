#!/usr/bin/env python3
"""Measures how soon a healthy channel gets its alerts, alone and beside ten channels whose receivers never answer.

    tests/outside/isolation.py [--binary target/release/marsad] [--seconds 20] [--channels 10] [--folder /dev/shm]

Twenty feeds publish twenty items a second, and each item alerts every channel. Measured is the time from the commit of a
delivery to the arrival of its first request at the healthy receiver, by the clock of this machine. A second process looks
into the database every 2 ms; the last look that did not show the delivery counts as its commit, so each time is an upper
bound.

Passes when every item arrives, the 99th percentile is at most 100 ms in both runs, and that of the second run is less
than 50 ms above that of the first. What exceeds a limit is measured once more before it counts, for the machine may have
been busy with something else. Each attempt is committed before it leaves, so a disk that other processes sync at the same
time shows here: with `--folder /dev/shm` the state folders are in memory, and only marsad is measured. About a minute, and
as much again if it is repeated. Standard library only.
"""

import argparse
import math
import multiprocessing
import os
import socket
import sqlite3
import sys
import tempfile
import threading
import time
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

FEEDS = 20
RATE = 20.0
# The limits, in seconds.
SOON = 0.100
ADDED = 0.050
# How long what was published may take to arrive before it counts as missing, in seconds.
LATE = 30
# How often the database is looked into, in seconds.
LOOK = 0.002
CONTEXT = multiprocessing.get_context("spawn")


class Spread(scene.WholeTexts):
    """Each feed answers its first visit after a pause of its own, so that the visits stay spread over the second: twenty
    items at once would wait for each other on one channel."""

    def document(self, feed):
        if self.visits[feed] == 0:
            time.sleep(feed / self.feeds)
        return super().document(feed)


class Desk(scene.Receiver):
    """A receiver that keeps when the first request of each delivery arrived, in seconds of Unix time."""

    def __init__(self, ledger):
        self.arrived = {}
        self.offset = time.time() - time.monotonic()
        super().__init__(ledger)

    def take(self, headers, body, at):
        self.arrived.setdefault(headers.get("webhook-id"), at + self.offset)
        return super().take(headers, body, at)


class BlackHole:
    """Accepts connections, and never answers."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.connections.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


def watch(path, stopped, found):
    """Sends, for each delivery of the healthy channel, when it was last not there."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    version, newest, before, seen = None, 0, time.time(), {}
    found.put("ready")
    while not stopped.is_set():
        now = time.time()
        (current,) = database.execute("pragma data_version").fetchone()
        if current != version:
            version = current
            for newest, name in database.execute("select number, id from delivery where number > ? and channel_id = 'desk' order by number", (newest,)):
                seen[name] = before
        before = now
        time.sleep(LOOK)
    database.close()
    found.put(seen)


def main():
    options = parse()
    began = time.monotonic()
    results = measure_both(options)
    if problems := faults(results):
        print(f"isolation: measured once more: {'; '.join(problems)}")
        results = measure_both(options)
    print(f"{'beside':<28}{'items':>6}{'p50 ms':>9}{'p99 ms':>9}{'most ms':>9}{'load':>7}")
    for name, result in results.items():
        p50, p99, most = (1000 * scene.percentile(result.latencies, part) for part in (0.5, 0.99, 1))
        print(f"{name:<28}{len(result.latencies):>6}{p50:>9.1f}{p99:>9.1f}{most:>9.1f}{result.load:>7.1f}")
    alone, beside = results.values()
    problems = faults(results)
    for problem in problems:
        print(f"isolation: {problem}")
    added = 1000 * (scene.percentile(beside.latencies) - scene.percentile(alone.latencies))
    verdict = "the healthy channel is not delayed" if not problems else "FAILED"
    print(f"isolation: {beside.connections} silent connections add {added:.1f} ms to the 99th percentile, {time.monotonic() - began:.0f} s: {verdict}")
    sys.exit(1 if problems else 0)


def parse():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--seconds", type=float, default=20, help="how long each measurement publishes")
    arguments.add_argument("--channels", type=int, default=10, help="how many channels never get an answer")
    arguments.add_argument("--folder", help="where the state folders are made")
    return arguments.parse_args()


def measure_both(options):
    return {"nobody": measure(options, 0), f"{options.channels} silent channels": measure(options, options.channels)}


def measure(options, channels):
    """Publishes for some seconds; the latencies of the healthy channel."""
    newsroom, holes = Spread(FEEDS, RATE), [BlackHole() for _ in range(channels)]
    with tempfile.TemporaryDirectory(prefix="marsad-isolation-", dir=options.folder) as folder:
        folder = Path(folder)
        desk, log = Desk(folder / "ledger"), folder / "log"
        others = {f"silent-{number}": types.SimpleNamespace(port=hole.port) for number, hole in enumerate(holes)}
        config = scene.configuration(folder, newsroom, desk, others=others)
        daemon = scene.Daemon(options.binary, config, log)
        try:
            scene.wait_until(lambda: min(newsroom.visits) >= 2, 60, "the first visits", daemon)
            stopped, found = CONTEXT.Event(), CONTEXT.Queue()
            CONTEXT.Process(target=watch, args=(folder / "state/marsad.db", stopped, found), daemon=True).start()
            found.get(timeout=30)
            newsroom.open()
            time.sleep(options.seconds)
            newsroom.close()
            missing = wait_for(newsroom, desk)
            stopped.set()
            committed = found.get(timeout=10)
        except SystemExit as failure:
            sys.exit(f"isolation: {failure}\n{scene.tail(log)}")
        finally:
            daemon.kill()
            newsroom.server.shutdown()
            desk.server.shutdown()
            for hole in holes:
                hole.close()
        latencies = [at - committed[name] for name, at in desk.arrived.items() if name in committed] + [math.inf] * missing
        return types.SimpleNamespace(latencies=latencies, load=os.getloadavg()[0], connections=sum(len(hole.connections) for hole in holes))


def wait_for(newsroom, desk):
    """How many items have not arrived in time."""
    end = time.monotonic() + LATE
    while time.monotonic() < end:
        missing = newsroom.published() - {letter["url"] for letter in list(desk.letters)}
        if not missing:
            break
        time.sleep(0.1)
    return len(missing)


def faults(results):
    alone, beside = results.values()
    problems = []
    for name, result in results.items():
        missing = sum(math.isinf(latency) for latency in result.latencies)
        if missing:
            problems.append(f"beside {name}, {missing} items did not arrive within {LATE} s")
        elif (p99 := scene.percentile(result.latencies)) > SOON:
            problems.append(f"beside {name}, the 99th percentile is {1000 * p99:.1f} ms, the limit {1000 * SOON:.0f} ms")
    if not problems and (added := scene.percentile(beside.latencies) - scene.percentile(alone.latencies)) >= ADDED:
        problems.append(f"the 99th percentile is {1000 * added:.1f} ms above that of the run alone, the limit is {1000 * ADDED:.0f} ms")
    return problems


if __name__ == "__main__":
    main()
