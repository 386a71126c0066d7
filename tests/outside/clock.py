#!/usr/bin/env python3
"""Sets the clock of a running daemon, and counts at the receiver what is late.

    tests/outside/clock.py [--binary target/release/marsad]

The daemon runs with a small library before the C library's own, built with `cc`, that moves the wall clock alone; no
privilege is needed. The receiver refuses every second delivery once, so that it has to be tried again. The clock goes an
hour back, a day forward and back again, fifty years forward and back, and another day back while the daemon is stopped.

Passes when, after each jump, what is published arrives within 20 s by a steady clock, nothing is repeated sooner than
5 s or more than once, and the health summary names each jump back. About a minute and a half. Standard library and `cc`.
"""

import argparse
import collections
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

HOUR, DAY, YEARS = 3600, 86400, 50 * 366 * 86400
SOONEST = 5.0
WITHIN = 20

SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static volatile int64_t *offset;
__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
    void *page = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) offset = page;
    close(file);
}
int clock_gettime(clockid_t clock, struct timespec *time) {
    int failed = syscall(SYS_clock_gettime, clock, time);
    if (!failed && clock == CLOCK_REALTIME && offset) time->tv_sec += *offset;
    return failed;
}
"""


class Refusing(scene.Receiver):
    """Refuses every second delivery once: more refusals in a row would open the circuit of the channel."""

    def __init__(self, ledger, verify):
        self.seen, self.taken = set(), set()
        super().__init__(ledger, verify)

    def take(self, headers, body, at):
        delivery = headers.get("webhook-id")
        with self.lock:
            refuses = delivery not in self.seen and len(self.seen) % 2 == 0
            self.seen.add(delivery)
        super().take(headers, body, at)
        if refuses:
            return 500
        self.taken.add(delivery)
        return 204

    def accepted(self):
        return {letter["url"] for letter in list(self.letters) if letter["id"] in self.taken}


class Clock:
    """The offset of the daemon's wall clock, in a file that it sees at once."""

    def __init__(self, folder):
        self.path = folder / "offset"
        self.set(0)
        source, self.shim = folder / "shim.c", folder / "shim.so"
        source.write_text(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim, source], check=True)

    def set(self, seconds):
        file = os.open(self.path, os.O_RDWR | os.O_CREAT)
        os.pwrite(file, struct.pack("q", seconds), 0)
        os.close(file)
        self.offset = seconds

    def environment(self):
        return {"LD_PRELOAD": str(self.shim), "CLOCK_OFFSET": str(self.path)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    options = arguments.parse_args()
    problems = []
    with tempfile.TemporaryDirectory(prefix="marsad-clock-") as name:
        folder = Path(name)
        clock, newsroom = Clock(folder), scene.Newsroom(rate=4.0)
        receiver = Refusing(folder / "ledger", verify=lambda *_: None)
        config, log = scene.configuration(folder, newsroom, receiver), folder / "log"
        config.write_text(config.read_text().replace('listen = ""', 'listen = "127.0.0.1:0"'))
        daemon = scene.Daemon(options.binary, config, log, clock.environment())
        scene.wait_until(lambda: min(newsroom.visits) >= 2, 60, "the first visits", daemon)
        newsroom.open()
        for what, offset, stopped in [
            ("no jump", 0, False),
            ("an hour back", -HOUR, False),
            ("a day forward", DAY, False),
            ("a day back", 0, False),
            ("fifty years forward", YEARS, False),
            ("fifty years back", 0, False),
            ("a day back while it was stopped", -DAY, True),
        ]:
            back = offset < clock.offset
            if stopped:
                daemon.stop()
            clock.set(offset)
            if stopped:
                daemon = scene.Daemon(options.binary, config, log, clock.environment())
            problems += [f"after {what}: {late}" for late in watched(newsroom, receiver, daemon)]
            if back and not (said := degraded(log)):
                problems.append(f"after {what}: the health summary does not name it: {said}")
        newsroom.close()
        daemon.stop()
        problems += repeated(receiver)
    for problem in problems:
        print(f"clock: {problem}")
    print(f"clock: 6 jumps, {len(newsroom.published())} items, {len(receiver.letters)} requests: {'nothing late' if not problems else 'FAILED'}")
    sys.exit(1 if problems else 0)


def watched(newsroom, receiver, daemon):
    """What is published by now and in the next seconds, and is not accepted in time."""
    time.sleep(3)
    published, end = newsroom.published(), time.monotonic() + WITHIN
    while time.monotonic() < end and daemon.alive():
        if published <= receiver.accepted():
            return
        time.sleep(0.2)
    missing = published - receiver.accepted()
    yield f"{len(missing)} of {len(published)} items are late" if daemon.alive() else "the daemon ended"


def degraded(log):
    port = re.findall(r"http\.listen\S*?127\.0\.0\.1:(\d+)", re.sub(r"\x1b\[[0-9;]*m", "", log.read_text()))[-1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return [reason for reason in json.load(answer)["degraded"] if reason.startswith("clock: ")]


def repeated(receiver):
    arrivals = collections.defaultdict(list)
    for letter in receiver.letters:
        arrivals[letter["id"]].append(letter["at"])
    gaps = sorted(after - before for times in arrivals.values() for before, after in zip(sorted(times), sorted(times)[1:]))
    soon = [gap for gap in gaps if gap < SOONEST]
    if soon:
        yield f"{len(soon)} repeats came sooner than {SOONEST:.0f} s, the soonest after {soon[0]:.3f} s"
    often = [name for name, times in arrivals.items() if len(times) > 2]
    if often:
        yield f"{len(often)} deliveries were repeated more than once, such as {often[:3]}"


main()
