#!/usr/bin/env python3
"""Takes from the daemon what a machine may lack while news comes in, gives it back, and counts what arrived.

    tests/outside/exhausted.py [--binary target/release/marsad] [--only NAME] [--seconds 5]

handles   no file handle is left, then the limit is lifted
size      no file may grow (RLIMIT_FSIZE), then the limit is lifted
folder    the temporary folder cannot be written, all the time
room      the state folder's disk is full, then has room; and it is full when the daemon starts
readonly  the state folder's file system is read-only when the daemon starts, then writable

The last two mount a small tmpfs and are skipped, with the reason, where that is not possible.

Passes when for each: every published item arrived, once and under one webhook-id; the daemon ended by itself never, and
reported what was missing; it stops with 0 and leaves no write-ahead log; `marsad doctor` finds the store sound.
About two minutes. Standard library only; needs Linux for the limits.
"""

import argparse
import collections
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

# How long the last items may take to arrive after the trouble is over: a failed errand is repeated after 30 s.
PATIENCE = 75
# The size of the small disk: the store fits in it with room for some hundred items.
DISK = "12m"
# Less than any store holds.
NOTHING = 4096


class Impossible(Exception):
    """This machine does not let a trial run."""


class Trial:
    """One daemon on a store of its own."""

    def __init__(self, options, name, folder):
        self.options, self.name, self.folder = options, name, folder
        self.newsroom, self.receiver = scene.Newsroom(rate=8.0), scene.Receiver(folder / "ledger")
        self.config = scene.configuration(folder, self.newsroom, self.receiver)
        self.http = free_port()
        self.config.write_text(self.config.read_text().replace('listen = ""', f'listen = "127.0.0.1:{self.http}"'))
        self.log, self.env, self.daemon, self.problems = folder / "log", {}, None, []
        (folder / "state").mkdir()

    def start(self):
        self.daemon = scene.Daemon(self.options.binary, self.config, self.log, self.env)

    def begin(self):
        """Starts, waits for the quiet first visits, and lets news come in."""
        self.start()
        scene.wait_until(lambda: min(self.newsroom.visits) >= 2, 60, "the first visits", self.daemon)
        self.newsroom.open()
        scene.wait_until(lambda: self.receiver.letters, 30, "the first item", self.daemon)

    def suffer(self, said):
        """The trouble holds for a while; the daemon must live and report it."""
        time.sleep(self.options.seconds)
        self.alive("in trouble")
        if said and said not in self.log.read_text(errors="replace"):
            self.problems.append(f"the log does not say {said!r}")

    def alive(self, when):
        if not self.daemon.alive():
            raise SystemExit(f"the daemon ended with {self.daemon.process.returncode} {when}")

    def health(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/healthz", timeout=10) as answer:
            return json.load(answer)

    def settle(self):
        time.sleep(2)
        self.newsroom.close()
        arrived = lambda: self.newsroom.published() <= {letter["url"] for letter in self.receiver.letters}
        end = time.monotonic() + PATIENCE
        while not arrived() and time.monotonic() < end:
            self.alive("after the trouble")
            time.sleep(0.2)
        settled = lambda: not [row for state in ("pending", "inflight") for row in scene.Marsad(self.options.binary, self.config).rows("deliveries", "list", "--state", state)]
        scene.wait_until(settled, PATIENCE, "the last deliveries", self.daemon)
        status, took = self.daemon.stop()
        if status != 0:
            self.problems.append(f"the daemon stopped with {status} after {took:.1f} s")
        wal = self.folder / "state/marsad.db-wal"
        if wal.exists() and wal.stat().st_size > 0:
            self.problems.append("a clean stop left a write-ahead log")

    def judge(self):
        items = [letter for letter in self.receiver.letters if letter["url"]]
        missing = self.newsroom.published() - {letter["url"] for letter in items}
        if missing:
            self.problems.append(f"{len(missing)} of {len(self.newsroom.published())} items never arrived, such as {sorted(missing)[:3]}")
        ids = collections.defaultdict(set)
        for letter in items:
            ids[letter["url"]].add(letter["id"])
        twice = [url for url, names in ids.items() if len(names) > 1]
        if twice:
            self.problems.append(f"{len(twice)} items came under two ids, such as {twice[:3]}")
        status, said = scene.doctor(self.options.binary, self.config)
        if status not in (0, 3) or "✗ store" in said or "store: intact" not in said:
            self.problems.append(f"doctor ended with {status}: {said}")
        aside = [line for line in self.status().splitlines() if "set aside" in line]
        if aside:
            self.problems.append(f"items were taken for poison: {aside}")

    def status(self):
        command = [self.options.binary, "status", "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60).stdout


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Limit:
    """A lowered limit of the live process."""

    def __init__(self, trial, limit, value):
        self.pid, self.limit = trial.daemon.process.pid, limit
        self.soft, self.hard = resource.prlimit(self.pid, limit)
        resource.prlimit(self.pid, limit, (value, self.hard))

    def lift(self):
        resource.prlimit(self.pid, self.limit, (self.soft, self.hard))


def handles(trial):
    trial.begin()
    limit = Limit(trial, resource.RLIMIT_NOFILE, len(os.listdir(f"/proc/{trial.daemon.process.pid}/fd")))
    trial.suffer(None)
    limit.lift()


def size(trial):
    trial.begin()
    limit = Limit(trial, resource.RLIMIT_FSIZE, NOTHING)
    trial.suffer(None)
    limit.lift()


def folder(trial):
    missing = str(trial.folder / "no such folder")
    trial.env = {name: missing for name in ("TMPDIR", "SQLITE_TMPDIR", "TMP", "TEMP")}
    trial.begin()
    trial.suffer(None)


def room(trial):
    with Disk(trial) as disk:
        trial.begin()
        disk.fill()
        trial.suffer("the disk is full: free some space")
        health = trial.health()
        if health["status"] != "degraded" or "store" not in str(health):
            trial.problems.append(f"/healthz says {health} while the store takes no writes")
        trial.daemon.kill()
        disk.fill()
        trial.start()
        # Where the log of the killed daemon has room for the first writes, it starts and then reports the same.
        trial.suffer(None)
        disk.free()
        trial.settle()
        trial.judge()


def readonly(trial):
    with Disk(trial) as disk:
        trial.begin()
        # Linux makes no file system read-only on which a file is open for writing.
        trial.daemon.stop()
        disk.remount("ro")
        trial.start()
        trial.suffer("marsad waits and tries again")
        disk.remount("rw")
        trial.settle()
        trial.judge()


class Disk:
    """A small disk that holds the state folder."""

    def __init__(self, trial):
        self.path = trial.folder / "state"

    def __enter__(self):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "marsad-check", str(self.path)], capture_output=True, text=True)
        if mounted.returncode != 0:
            raise Impossible(mounted.stderr.strip() or "mount failed")
        self.path.chmod(0o750)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.path)], check=True)

    def fill(self):
        with open(self.path / "fill", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def free(self):
        (self.path / "fill").unlink()

    def remount(self, how):
        done = subprocess.run(["mount", "-o", f"remount,{how}", str(self.path)], capture_output=True, text=True)
        if done.returncode != 0:
            raise Impossible(done.stderr.strip() or f"remount,{how} failed")


TRIALS = {"handles": handles, "size": size, "folder": folder, "room": room, "readonly": readonly}


def attempt(options, name):
    """What a trial came to, in one line, and whether it held."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"marsad-{name}-") as temporary:
        trial = Trial(options, name, Path(temporary))
        try:
            TRIALS[name](trial)
            if trial.daemon.alive():
                trial.settle()
                trial.judge()
        except Impossible as reason:
            if trial.daemon:
                trial.daemon.kill()
            return True, f"skipped: {reason}"
        except SystemExit as failure:
            trial.problems.append(str(failure))
            if trial.daemon:
                trial.daemon.kill()
        for problem in trial.problems:
            print(f"exhausted: {name}: {problem}")
        if trial.problems:
            print(scene.tail(trial.log, 40))
        repeats = len(trial.receiver.letters) - len({letter["id"] for letter in trial.receiver.letters})
        verdict = "FAILED" if trial.problems else "nothing lost"
        return not trial.problems, f"{len(trial.newsroom.published())} items, {repeats} repeats under the same id, {time.monotonic() - began:.0f} s: {verdict}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--only", choices=sorted(TRIALS))
    arguments.add_argument("--seconds", type=float, default=6.0, help="how long each trouble lasts")
    options = arguments.parse_args()
    held = True
    for name in [options.only] if options.only else TRIALS:
        well, said = attempt(options, name)
        held &= well
        print(f"exhausted: {name}: {said}", flush=True)
    sys.exit(0 if held else 1)


main()
