#!/usr/bin/env python3
"""Edits a running daemon's configuration, good and broken by turns, and counts the events.

    tests/outside/edits.py [--binary target/release/marsad] [--edits 100]

Each edit is renamed into place; every third one is announced by SIGHUP as well, at the same moment. Passes when each
broken edit raises exactly one `config.rejected` and each good one exactly one `config.applied`, in the order of the
edits. About a second an edit. Standard library only.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# How long the event of one edit may take, and how long is waited for a second one at the end (seconds).
LIMIT, QUIET = 30, 5


def text(folder, number, broken):
    """A configuration that watches another word each time; a broken one lacks the address of a source."""
    address = "" if broken else 'feed = "https://example.org/"\n'
    return (
        f'state_dir = "{folder}/state"\n[http]\nlisten = ""\n[health]\nalert = ["ops"]\n'
        f'[[source]]\nid = "a"\nenabled = false\n{address}'
        f'[[watch]]\nid = "w"\nany = ["word{number}"]\nalert = ["ops"]\n'
        f'[[channel]]\nid = "ops"\nfile = "{folder}/events.jsonl"\n'
    )


def write(folder, content):
    new = folder / "marsad.toml.new"
    new.write_text(content, encoding="utf-8")
    new.rename(folder / "marsad.toml")


def events(folder):
    """The kinds of the configuration's events so far."""
    path = folder / "events.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kinds = [json.loads(line)["type"] for line in lines if line.strip()]
    return [kind for kind in kinds if kind.startswith("config.")]


def wait_for(folder, count, daemon):
    until = time.monotonic() + LIMIT
    while len(events(folder)) < count:
        if daemon.poll() is not None:
            sys.exit(f"the daemon ended with {daemon.returncode}")
        if time.monotonic() > until:
            sys.exit(f"event {count} did not arrive within {LIMIT} s: {events(folder)[-3:]}")
        time.sleep(0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/marsad")
    parser.add_argument("--edits", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, text(folder, 0, False))
        with open(folder / "log", "w", encoding="utf-8") as log:
            command = [options.binary, "run", "--config", str(folder / "marsad.toml")]
            daemon = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            until = time.monotonic() + LIMIT
            while "marsad runs" not in (folder / "log").read_text(encoding="utf-8") and time.monotonic() < until:
                time.sleep(0.05)
            wanted = []
            for number in range(1, options.edits + 1):
                broken = number % 2 == 1
                write(folder, text(folder, number, broken))
                if number % 3 == 0:
                    daemon.send_signal(signal.SIGHUP)
                wanted.append("config.rejected" if broken else "config.applied")
                wait_for(folder, number, daemon)
            time.sleep(QUIET)
            found = events(folder)
        finally:
            if daemon.poll() is None:
                os.kill(daemon.pid, signal.SIGTERM)
                daemon.wait(20)
    if found != wanted:
        first = next((n for n, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]), min(len(found), len(wanted)))
        sys.exit(f"{len(found)} events for {len(wanted)} edits; they differ from edit {first + 1} on: {found[first:first + 4]}")
    print(f"{len(wanted)} edits, {len(found)} events, each once and in order")


if __name__ == "__main__":
    main()
