#!/usr/bin/env python3
"""Fills the outbox of one channel and measures how fast it leaves.

    tests/outside/backlog.py [--binary target/release/marsad] [--seconds 3] [WAITING ...]

For each number of waiting deliveries (2,000 and 100,000 by default) it prints the deliveries a second and the CPU time
of each, to a `file` channel. Passes when a delivery out of the longest backlog costs at most twice the CPU time of one
out of the shortest. Standard library only; needs Linux for the CPU time.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = """state_dir = "{folder}/state"
timezone = "UTC"

[http]
listen = ""

[[channel]]
id = "desk"
file = "{folder}/alerts.jsonl"
"""
BODY = b'{"type":"test.ping","timestamp":"2026-11-21T12:00:00Z","data":{"message":"' + b"x" * 2000 + b'"}}'
# How long a start, and a stop, may take on a busy machine, in seconds.
PATIENCE = 60
# How much more CPU time the longest backlog may cost than the shortest.
ALLOWED = 2.0


def started(binary, folder):
    log = open(folder / "log", "a")
    return subprocess.Popen([binary, "run", "-c", str(folder / "marsad.toml")], stdout=log, stderr=log)


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)


def waits_for(what):
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            sys.exit("the daemon did not get so far in time")
        time.sleep(0.05)


def fill(folder, waiting):
    """The rows as marsad itself writes them, an hour old."""
    database = sqlite3.connect(folder / "state" / "marsad.db", timeout=PATIENCE)
    at = int((time.time() - 3600) * 1e6)
    rows = ((f"msg_{number:026d}", number, at, at, BODY) for number in range(1, waiting + 1))
    with database:
        database.execute("insert into alert (number, id, kind, made_at, content) values (1, 'a', 'test.ping', ?, '{}')", (at,))
        database.execute("insert into channel (id, next_seq) values ('desk', ?)", (waiting + 1,))
        database.executemany(
            "insert into delivery (id, alert, channel_id, recipient, seq, state, made_at, next_attempt_at, body)"
            " values (?, 1, 'desk', '', ?, 'pending', ?, ?, ?)",
            rows,
        )
    database.close()


def cpu(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(binary, waiting, seconds):
    """Deliveries a second, and seconds of CPU for each."""
    with tempfile.TemporaryDirectory(prefix="marsad-backlog-") as name:
        folder = Path(name)
        (folder / "marsad.toml").write_text(CONFIG.format(folder=folder))
        process = started(binary, folder)
        try:
            waits_for(lambda: "watching" in (folder / "log").read_text())
            stop(process)
            fill(folder, waiting)
            process = started(binary, folder)
            alerts = folder / "alerts.jsonl"
            delivered = lambda: alerts.read_bytes().count(b"\n") if alerts.exists() else 0
            waits_for(lambda: delivered() > 0)
            first, used, began = delivered(), cpu(process), time.monotonic()
            time.sleep(seconds)
            last, used, took = delivered(), cpu(process) - used, time.monotonic() - began
            stop(process)
        finally:
            process.kill()
            process.wait()
    sent = last - first
    if sent == 0 or last == waiting:
        sys.exit(f"{waiting} waiting: {sent} sent in {seconds} s; choose another time")
    return sent / took, used / sent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/marsad")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("waiting", nargs="*", type=int, default=[2_000, 100_000])
    options = parser.parse_args()
    costs = []
    for waiting in sorted(options.waiting):
        rate, each = measured(options.binary, waiting, options.seconds)
        costs.append(each)
        print(f"{waiting} waiting: {rate:.0f} deliveries a second, {each * 1000:.2f} ms of CPU each", flush=True)
    if costs[-1] > ALLOWED * costs[0]:
        sys.exit("a longer backlog costs more for each delivery")


if __name__ == "__main__":
    main()
