#!/usr/bin/env python3
"""Kills the daemon at random moments while news comes in, and counts at two receivers what arrived.

    tests/outside/kill.py [--binary target/release/marsad] [--kills 50] [--starts 0] [--reloads 0]
                          [--disk 0] [--handles 0] [--seed 1]

Of the kills, `--starts` come within 0.4 s of a start and `--reloads` right after the configuration was rewritten and
SIGHUP sent. Between them, `--disk` times the process may write no file beyond 8 KiB for some seconds, and `--handles`
times it may open no further file. Half of the feeds cut their texts, so that their items wait for their own pages when
the kill comes.

The full run, about twelve minutes: `--kills 150 --starts 30 --reloads 30 --disk 5 --handles 5`.

Passes when
- every published item reached both receivers, under one webhook-id each and with the same bytes each time;
- no two requests with one webhook-id came closer than 5 s to each other, by the receiver's own steady clock;
- the numbers of each channel have no gap, and no more repeats came than deliveries can have been under way;
- nothing alerted that was there before the first visit, and every signature was right;
- no trouble but a kill ended the daemon, and at the end no delivery is in flight or pending;
- after each kill a copy of the store passes `marsad doctor` and `pragma integrity_check`, as the store does at the end;
- half of the starts take less than 2 s.

A delivery whose attempts were killed three times waits for half an hour: after seven minutes such deliveries are retried by
hand, and the script says how many.

Standard library only; needs Linux for the limits.
"""

import argparse
import collections
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

IN_FLIGHT = 4
# A delivery whose second attempt was killed as well is tried again after five minutes, with a fifth of jitter.
PATIENCE = 420
# The contract: no second attempt sooner.
SOONEST = 5.0
# So many items may be on their way before the newsroom pauses: its feeds show 300 each.
ON_THEIR_WAY = 400
# How long a start may take, in seconds.
START = 2.0
# How far a file may grow while the disk counts as full, in bytes: less than the database holds.
FULL = 8192


class Run:
    """One daemon after the other on one store, and what went wrong."""

    def __init__(self, options, rng, folder, newsroom, receivers):
        self.binary, self.rng, self.folder = options.binary, rng, folder
        self.newsroom, self.receivers = newsroom, receivers
        first, *others = receivers
        self.config = scene.configuration(folder, newsroom, receivers[first], others={name: receivers[name] for name in others})
        self.text = self.config.read_text()
        self.log = folder / "log"
        self.kills = self.faults = self.reloads = 0
        self.problems, self.starts = [], []
        self.daemon = self.spawn()

    def spawn(self):
        written = self.log.stat().st_size if self.log.exists() else 0
        daemon = scene.Daemon(self.binary, self.config, self.log)
        threading.Thread(target=self.time_start, args=(daemon, written, time.monotonic()), daemon=True).start()
        return daemon

    def time_start(self, daemon, written, began):
        """Notes how long a start takes until the daemon watches; one that is killed before does not count."""
        while daemon.alive():
            with open(self.log, "rb") as log:
                log.seek(written)
                if b"watching" in log.read():
                    return self.starts.append(time.monotonic() - began)
            time.sleep(0.01)

    def check_store(self):
        """Checks a copy, so that the next start finds the write-ahead log as the kill left it."""
        if not (self.folder / "state/marsad.db").exists():
            return
        with tempfile.TemporaryDirectory(prefix="marsad-copy-") as name:
            state, config = Path(name) / "state", Path(name) / "marsad.toml"
            shutil.copytree(self.folder / "state", state)
            config.write_text(self.config.read_text().replace(str(self.folder / "state"), str(state)))
            status, said = scene.doctor(self.binary, config)
            database = sqlite3.connect(state / "marsad.db")
            found = database.execute("pragma integrity_check").fetchall()
            database.close()
        if found != [("ok",)]:
            self.problems.append(f"after kill {self.kills} the database is damaged: {found[:3]}")
        if status != 0:
            self.problems.append(f"after kill {self.kills} doctor ended with {status}: {said}")

    def kill(self):
        self.check("it ran")
        self.daemon.kill()
        self.kills += 1
        self.check_store()
        self.daemon = self.spawn()

    def check(self, when):
        """A daemon that ended by itself is a problem; the run goes on with another one."""
        if not self.daemon.alive():
            self.problems.append(f"the daemon ended by itself with {self.daemon.process.returncode} while {when}")
            self.daemon.kill()
            self.daemon = self.spawn()

    def pace(self):
        """Lets the newsroom rest while the daemon, on a busy machine, gets no visit done between two kills."""
        arrived = min(len({letter["url"] for letter in list(receiver.letters)}) for receiver in self.receivers.values())
        if self.newsroom.count() - arrived > ON_THEIR_WAY:
            self.newsroom.pause()
        else:
            self.newsroom.resume()

    def moment(self):
        time.sleep(self.rng.uniform(0.05, 3))
        self.kill()

    def start(self):
        time.sleep(self.rng.uniform(0, 0.4))
        self.kill()

    def reload(self):
        time.sleep(self.rng.uniform(0.05, 2))
        self.reloads += 1
        text = f"{self.text}\n[[watch]]\nid = \"reload-{self.reloads}\"\nany = [\"Zanzibar lighthouse {self.reloads}\"]\nalert = [\"desk\"]\n"
        if self.rng.random() < 0.5:
            self.config.write_text(text)
        else:
            new = self.config.with_suffix(".new")
            new.write_text(text)
            new.rename(self.config)
        # Before it listens for signals, SIGHUP ends a process; whoever starts it waits until it is ready.
        end = time.monotonic() + 5
        while self.daemon.alive() and not listens_for_reloads(self.daemon.process.pid) and time.monotonic() < end:
            time.sleep(0.01)
        if self.daemon.alive() and listens_for_reloads(self.daemon.process.pid):
            self.daemon.process.send_signal(signal.SIGHUP)
        time.sleep(self.rng.uniform(0, 0.3))
        self.kill()

    def disk(self):
        self.limited(resource.RLIMIT_FSIZE, FULL, "the disk was full")

    def handles(self):
        self.limited(resource.RLIMIT_NOFILE, None, "no file handle was left")

    def limited(self, limit, value, when):
        """Lowers a limit of the live process for some seconds; none: to what is in use."""
        time.sleep(self.rng.uniform(0.5, 2))
        self.check("it ran")
        pid = self.daemon.process.pid
        soft, hard = resource.prlimit(pid, limit)
        in_use = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, limit, (in_use if value is None else value, hard))
        time.sleep(self.rng.uniform(2, 5))
        self.faults += 1
        if self.daemon.alive():
            resource.prlimit(pid, limit, (soft, hard))
        self.check(when)


def listens_for_reloads(pid):
    """Whether a process has a handler for SIGHUP."""
    try:
        caught = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt:"))
    except (OSError, StopIteration):
        return False
    return bool(int(caught.split()[1], 16) >> (signal.SIGHUP - 1) & 1)


def main():
    options = parse()
    rng = random.Random(options.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="marsad-kill-") as name:
        folder, newsroom = Path(name), scene.Newsroom()
        receivers = {channel: scene.Receiver(folder / f"ledger-{channel}") for channel in ("desk", "archive")}
        run = Run(options, rng, folder, newsroom, receivers)
        try:
            torment(options, rng, run)
        except SystemExit as failure:
            run.daemon.kill()
            sys.exit(f"kill: {failure} (seed {options.seed})\n{scene.tail(run.log) if run.log.exists() else ''}")
        problems = run.problems + judge(run)
        if options.keep and problems:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True)
    report(options, run, problems, time.monotonic() - began)


def parse():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--kills", type=int, default=50, help="kills in all")
    arguments.add_argument("--starts", type=int, default=0, help="how many of them come during a start")
    arguments.add_argument("--reloads", type=int, default=0, help="how many of them come during a reload")
    arguments.add_argument("--disk", type=int, default=0, help="how many times the disk is full in between")
    arguments.add_argument("--handles", type=int, default=0, help="how many times no file handle is left in between")
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    arguments.add_argument("--keep", help="where to copy the folder of a failed run to")
    return arguments.parse_args()


def torment(options, rng, run):
    scene.wait_until(lambda: min(run.newsroom.visits) >= 2, 60, "the first visits", run.daemon)
    run.newsroom.open()
    moments = options.kills - options.starts - options.reloads
    steps = [run.moment] * moments + [run.start] * options.starts + [run.reload] * options.reloads
    steps += [run.disk] * options.disk + [run.handles] * options.handles
    rng.shuffle(steps)
    for step in steps:
        run.pace()
        step()
    run.newsroom.close()
    settle(run)
    # What was in flight at the last kill may still come a second time.
    time.sleep(7)
    run.check("the last items came")
    status, took = run.daemon.stop()
    if status != 0:
        run.problems.append(f"the daemon stopped with {status} after {took:.1f} s")


def settle(run):
    """Waits until everything has arrived and nothing is due; what never comes is for the judge to name."""
    marsad, end = scene.Marsad(run.binary, run.config), time.monotonic() + PATIENCE
    while time.monotonic() < end:
        run.check("the last items came")
        arrived = all(run.newsroom.published() <= {letter["url"] for letter in receiver.letters} for receiver in run.receivers.values())
        if arrived and not unsettled(marsad):
            return
        time.sleep(1)
    retry_killed(run, marsad)


def retry_killed(run, marsad):
    """A delivery whose attempts were killed three times waits for half an hour; it is asked for by hand."""
    killed = [row["id"] for row in marsad.rows("deliveries", "list", "--state", "pending") if row["attempts"] >= 3]
    if not killed:
        return
    print(f"kill: {len(killed)} deliveries were killed in three attempts and are retried by hand")
    command = [run.binary, "deliveries", "retry", *killed, "--config", str(run.config)]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120, check=True)
    end = time.monotonic() + 60
    while time.monotonic() < end and unsettled(marsad):
        time.sleep(1)


def unsettled(marsad):
    return [row["id"] for state in ("inflight", "pending") for row in marsad.rows("deliveries", "list", "--state", state)]


def judge(run):
    problems = []
    for channel, receiver in run.receivers.items():
        problems += [f"{channel}: {problem}" for problem in judge_channel(run, receiver)]
    if run.starts and statistics.median(run.starts) > START:
        problems.append(f"half of the starts took more than {statistics.median(run.starts):.1f} s")
    for state in ("inflight", "pending", "dead"):
        rows = scene.Marsad(run.binary, run.config).rows("deliveries", "list", "--state", state)
        if rows:
            problems.append(f"{len(rows)} deliveries are {state} at the end, such as {json.dumps(rows[0])}")
    status, said = scene.doctor(run.binary, run.config)
    if status != 0:
        problems.append(f"doctor ended with {status}: {said}")
    return problems


def judge_channel(run, receiver):
    problems = []
    items = [letter for letter in receiver.letters if letter["url"]]
    missing = run.newsroom.published() - {letter["url"] for letter in items}
    if missing:
        problems.append(f"{len(missing)} items never arrived, such as {sorted(missing)[:3]}")
    ids, bodies = collections.defaultdict(set), collections.defaultdict(set)
    for letter in items:
        ids[letter["url"]].add(letter["id"])
        bodies[letter["id"]].add(letter["sha256"])
    twice = [url for url, names in ids.items() if len(names) > 1]
    if twice:
        problems.append(f"{len(twice)} items came under two ids, such as {twice[:3]}")
    changed = [name for name, hashes in bodies.items() if len(hashes) > 1]
    if changed:
        problems.append(f"{len(changed)} ids came with different bytes, such as {changed[:3]}")
    soon = sorted(gap for gap in gaps(receiver) if gap < SOONEST)
    if soon:
        problems.append(f"{len(soon)} repeats came sooner than {SOONEST:.0f} s, the soonest after {soon[0]:.3f} s")
    if repeats(receiver) > (run.kills + run.faults) * IN_FLIGHT:
        problems.append(f"{repeats(receiver)} repeats are more than {run.kills} kills and {run.faults} faults explain")
    before = [letter["url"] for letter in items if "/item-old-" in letter["url"]]
    if before:
        problems.append(f"{len(before)} items of the first visit alerted, such as {before[:3]}")
    numbers = {letter["seq"] for letter in receiver.letters}
    absent = set(range(1, max(numbers, default=0) + 1)) - numbers
    if absent:
        problems.append(f"{len(absent)} numbers are left out, such as {sorted(absent)[:3]}")
    return problems + [f"signature: {refused}" for refused in receiver.refused[:3]]


def gaps(receiver):
    """The time between each request and the one before it with the same id, in seconds."""
    arrivals = collections.defaultdict(list)
    for letter in receiver.letters:
        arrivals[letter["id"]].append(letter["at"])
    for times in arrivals.values():
        times.sort()
        yield from (after - before for before, after in zip(times, times[1:]))


def repeats(receiver):
    return len(receiver.letters) - len({letter["id"] for letter in receiver.letters})


def report(options, run, problems, took):
    for problem in problems:
        print(f"kill: {problem}")
    closest = min((gap for receiver in run.receivers.values() for gap in gaps(receiver)), default=None)
    soonest = "" if closest is None else f", the soonest after {closest:.2f} s"
    letters = " + ".join(str(len(receiver.letters)) for receiver in run.receivers.values())
    again = sum(repeats(receiver) for receiver in run.receivers.values())
    starts = f"{len(run.starts)} starts in {statistics.median(run.starts):.2f} s (median) and {max(run.starts):.2f} s at most, " if run.starts else ""
    verdict = "nothing lost" if not problems else f"FAILED (seed {options.seed})"
    print(
        f"kill: {run.kills} kills ({options.starts} in starts, {options.reloads} in reloads), {options.disk} times the disk full, "
        f"{options.handles} times no handle left, {len(run.newsroom.published())} items, {letters} requests, "
        f"{again} repeats under the same id{soonest}, {starts}{took:.0f} s: {verdict}"
    )
    sys.exit(1 if problems else 0)


main()
