#!/usr/bin/env python3
"""Reloads a configuration of 100,000 terms, all of them new each time, and measures the daemon's memory.

    tests/outside/reloads.py [--binary target/release/marsad] [--reloads 8] [--terms 100000]

Passes when no reload leaves the resident memory above 1.5 times what the start left, and the later half of the reloads
adds less than 5 % to the first half. About half a minute. Standard library only; needs /proc.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# How long a start or a reload may take.
PATIENCE = 120
# The quiet moment before memory is measured.
QUIET = 2


def write(folder, number, terms):
    """Writes a configuration that has no term in common with any other number's."""
    words = ",".join(f'"كلمة{number}x{i}"' for i in range(terms))
    text = (
        f'state_dir = "{folder}/state"\n[http]\nlisten = ""\n'
        '[[source]]\nid = "a"\nfeed = "https://example.org/"\nenabled = false\n'
        f'[[watch]]\nid = "w"\nany = [{words}]\nalert = []\n'
    )
    (folder / "new").write_text(text)
    (folder / "new").rename(folder / "marsad.toml")


def resident(pid):
    """The resident memory in MB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def wait(log, what, count):
    """Waits until the log says something for the nth time, and then for a quiet moment."""
    end = time.monotonic() + PATIENCE
    while log.read_text().count(what) < count:
        if time.monotonic() > end:
            raise SystemExit(f"{what!r} is not in the log after {PATIENCE} s: {log.read_text()[-500:]}")
        time.sleep(0.2)
    time.sleep(QUIET)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/marsad")
    parser.add_argument("--reloads", type=int, default=8)
    parser.add_argument("--terms", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="marsad-reloads-") as name:
        folder = Path(name)
        log = folder / "log"
        write(folder, 0, options.terms)
        with log.open("w") as out:
            daemon = subprocess.Popen(
                [options.binary, "run", "--config", folder / "marsad.toml"], stdout=out, stderr=out
            )
        try:
            wait(log, "watching 1 source", 1)
            start, after = resident(daemon.pid), []
            print(f"start     {start:6.0f} MB", flush=True)
            for number in range(1, options.reloads + 1):
                write(folder, number, options.terms)
                wait(log, "the configuration is applied", number)
                after.append(resident(daemon.pid))
                print(f"reload {number:2} {after[-1]:6.0f} MB", flush=True)
        finally:
            daemon.terminate()
            daemon.wait(20)
    half = len(after) // 2
    bounded = max(after) <= 1.5 * start
    flat = half == 0 or max(after[half:]) <= 1.05 * max(after[:half])
    print("passes" if bounded and flat else "fails: memory grows with the reloads")
    return 0 if bounded and flat else 1


if __name__ == "__main__":
    sys.exit(main())
