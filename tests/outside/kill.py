#!/usr/bin/env python3
"""Kills the daemon at random moments while news comes in, and counts at the receiver what arrived.

    tests/outside/kill.py [--binary target/release/marsad] [--kills 50] [--seed 1]

Half of the feeds cut their texts, so that their items wait for their own pages when the kill comes.
Holds: every published item reached the receiver; what came twice came under one webhook-id with the same bytes, and no
more often than deliveries can have been under way; what stood there before the first visit was not told; every
signature held; `marsad doctor` finds the store sound. Standard library only.
"""

import argparse
import collections
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

IN_FLIGHT = 4
# A delivery whose second attempt was killed as well is tried again after five minutes, with a fifth of jitter.
PATIENCE = 420


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--kills", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    options = arguments.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="marsad-kill-") as name:
        folder = Path(name)
        newsroom, receiver = scene.Newsroom(), scene.Receiver(folder / "ledger")
        config, log = scene.configuration(folder, newsroom, receiver), folder / "log"
        try:
            kills = run(options, rng, newsroom, receiver, config, log)
        except SystemExit as failure:
            sys.exit(f"kill: {failure} (seed {options.seed})\n{scene.tail(log) if log.exists() else ''}")
        problems = judge(newsroom, receiver, kills, scene.doctor(options.binary, config))
    repeats = len(receiver.letters) - len({letter["id"] for letter in receiver.letters})
    for problem in problems:
        print(f"kill: {problem}")
    verdict = "nothing lost" if not problems else f"FAILED (seed {options.seed})"
    print(f"kill: {kills} kills, {len(newsroom.published())} items, {len(receiver.letters)} requests, {repeats} repeats under the same id: {verdict}")
    sys.exit(1 if problems else 0)


def run(options, rng, newsroom, receiver, config, log):
    daemon = scene.Daemon(options.binary, config, log)
    scene.wait_until(lambda: min(newsroom.visits) >= 2, 60, "the first visits", daemon)
    newsroom.open()
    for _ in range(options.kills):
        time.sleep(rng.uniform(0.05, 3))
        if not daemon.alive():
            raise SystemExit(f"the daemon ended by itself with {daemon.process.returncode}")
        daemon.kill()
        daemon = scene.Daemon(options.binary, config, log)
    newsroom.close()
    scene.wait_until(lambda: newsroom.published() <= {letter["url"] for letter in receiver.letters}, PATIENCE, "the last items", daemon)
    # What was under way at the last kill may still come a second time.
    time.sleep(7)
    status, took = daemon.stop()
    if status != 0:
        raise SystemExit(f"the daemon stopped with {status} after {took:.1f} s")
    return options.kills


def judge(newsroom, receiver, kills, checked):
    problems = []
    items = [letter for letter in receiver.letters if letter["url"]]
    missing = newsroom.published() - {letter["url"] for letter in items}
    if missing:
        problems.append(f"{len(missing)} items never arrived, such as {sorted(missing)[:3]}")
    ids, bodies = collections.defaultdict(set), collections.defaultdict(set)
    for letter in items:
        ids[letter["url"]].add(letter["id"])
        bodies[letter["id"]].add(letter["sha256"])
    told_twice = [url for url, names in ids.items() if len(names) > 1]
    if told_twice:
        problems.append(f"{len(told_twice)} items came under two ids, such as {told_twice[:3]}")
    changed = [name for name, hashes in bodies.items() if len(hashes) > 1]
    if changed:
        problems.append(f"{len(changed)} ids came with different bytes, such as {changed[:3]}")
    repeats = len(receiver.letters) - len({letter["id"] for letter in receiver.letters})
    if repeats > kills * IN_FLIGHT:
        problems.append(f"{repeats} repeats are more than {kills} kills explain")
    before = [letter["url"] for letter in items if "/item-old-" in letter["url"]]
    if before:
        problems.append(f"{len(before)} items of the first visit were told, such as {before[:3]}")
    problems += [f"signature: {refused}" for refused in receiver.refused[:3]]
    status, said = checked
    if status != 0:
        problems.append(f"doctor ended with {status}: {said}")
    return problems


main()
