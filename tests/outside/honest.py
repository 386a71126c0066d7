#!/usr/bin/env python3
"""Measures how long honest news takes beside hostile sources, receivers and clients.

    tests/outside/honest.py [--binary target/release/marsad] [--seconds 10] [--kinds interim,blackhole,…] [--short]

Twenty honest feeds publish twenty items a second, and one honest channel alerts for each. First they run alone, then
beside one hostile peer of each kind, every time with a store of their own; last, alone once more.

Passes when, beside each kind, every item arrives, the 99th percentile of the time from publication to alert is at most
twice that of the runs alone, and `/healthz` answers within 2 s. What exceeds a limit is measured once more before it
counts, for the machine may have been busy with something else. About five minutes; `--short` takes one and tries the
kinds that have done harm before. Standard library only; needs Linux for the addresses from 127.0.0.2 on.
"""

import argparse
import math
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

FEEDS = 20
RATE = 20.0
TIMES = 2.0
# How long the health summary may take, in seconds. Chosen by hand: probes usually give up after 1 to 5 s.
HEALTH = 2.0
# How long what was published may take to arrive before it counts as missing, in seconds.
LATE = 30
SILENT = 300
ROBOTS_HOSTS = 15
SOURCES = ("interim", "headers", "slowloris", "chunks", "bomb", "endless", "robots", "deep", "misnested")
RECEIVERS = ("interim", "headers", "blackhole", "trickle")
RELAYS = ("relay", "relay_answer")
SHORT = ("source interim", "source robots", "receiver interim", "receiver blackhole", "mail relay", "silent clients")


class Honest(scene.WholeTexts):
    """Feeds that know when each item was published."""

    def published_at(self, number):
        return self.opened + (number + 1) / self.rate


class Hostile:
    """A process that serves one kind of harm."""

    def __init__(self, kind, hosts=1):
        command = [sys.executable, str(Path(__file__).parent / "hostile.py"), kind, str(hosts)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def end(self):
        self.process.kill()
        self.process.wait()


def main():
    options = parse()
    began = time.monotonic()
    kinds = options.kinds.split(",") if options.kinds else SHORT if options.short else every_kind()
    alone = [measure(options, "alone")]
    results = {kind: measure(options, kind) for kind in kinds}
    alone.append(measure(options, "alone"))
    limit = TIMES * scene.percentile([latency for result in alone for latency in result.latencies])
    for kind, result in results.items():
        if any(faults(result, limit)):
            results[kind] = measure(options, kind)
    print(f"{'beside':<22}{'items':>6}{'p50 s':>8}{'p99 s':>8}{'most s':>8}{'health s':>10}")
    for name, result in [("nobody", alone[0]), *results.items(), ("nobody again", alone[1])]:
        print(row(name, result))
    problems = [f"{kind}: {fault}" for kind, result in results.items() for fault in faults(result, limit)]
    for problem in problems:
        print(f"honest: {problem}")
    verdict = "honest news is not delayed" if not problems else "FAILED"
    print(f"honest: {len(results)} kinds of harm, p99 at most {limit:.2f} s, {time.monotonic() - began:.0f} s: {verdict}")
    sys.exit(1 if problems else 0)


def parse():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--seconds", type=float, default=10, help="how long each measurement publishes")
    arguments.add_argument("--kinds", help="only these, by commas")
    arguments.add_argument("--short", action="store_true", help="only the kinds that have done harm before")
    return arguments.parse_args()


def every_kind():
    named = [("source", SOURCES), ("receiver", RECEIVERS), ("mail", RELAYS)]
    return [f"{role} {kind}" for role, kinds in named for kind in kinds] + ["silent clients", "configuration churn"]


def measure(options, kind):
    """Publishes for some seconds beside one kind of harm, and answers with what arrived when."""
    role, _, name = kind.partition(" ")
    hosts = ROBOTS_HOSTS if name == "robots" else 1
    hostile = Hostile(name, hosts) if role in ("source", "receiver", "mail") else None
    newsroom = Honest(FEEDS, RATE)
    with tempfile.TemporaryDirectory(prefix="marsad-honest-") as folder:
        folder = Path(folder)
        receiver = scene.Receiver(folder / "ledger")
        config, log = configuration(folder, newsroom, receiver, role, hostile, hosts), folder / "log"
        daemon, stop = scene.Daemon(options.binary, config, log), threading.Event()
        try:
            scene.wait_until(lambda: min(newsroom.visits) >= 2, 60, f"the first visits beside {kind}", daemon)
            health = Health(listening(log), stop)
            harm = threading.Thread(target=disturb, args=(role, config, daemon, health.port, stop))
            harm.start()
            newsroom.open()
            time.sleep(options.seconds)
            newsroom.close()
            wait_for(newsroom, receiver)
            longest = health.longest()
        except SystemExit as failure:
            sys.exit(f"honest: {failure}\n{scene.tail(log)}")
        finally:
            stop.set()
            daemon.kill()
            if hostile:
                hostile.end()
        harm.join()
        newsroom.server.shutdown()
        receiver.server.shutdown()
        return result(newsroom, receiver, longest)


def configuration(folder, newsroom, receiver, role, hostile, hosts):
    channels = {"hostile": types.SimpleNamespace(port=hostile.port)} if role == "receiver" else {}
    config = scene.configuration(folder, newsroom, receiver, others=channels)
    text = config.read_text().replace('listen = ""', 'listen = "127.0.0.1:0"')
    if role == "receiver":
        text = text.replace(f"127.0.0.1:{hostile.port}/hook", f"127.0.0.2:{hostile.port}/hook")
    if role == "mail":
        text = text.replace('alert = ["desk"]', 'alert = ["desk", "mail"]')
        text += f'\n[[channel]]\nid = "mail"\nemail = ["desk@example.org"]\n[smtp]\nurl = "smtp://127.0.0.2:{hostile.port}"\nfrom = "marsad@example.org"\n'
    if role == "source":
        page = hostile.process.args[2] in ("robots", "deep", "misnested")
        for host in range(hosts):
            text += f"""
[[source]]
id = "hostile-{host}"
{'page' if page else 'feed'} = "http://127.0.0.{2 + host}:{hostile.port}/news"
every = "1s"
min_every = "1s"
max_every = "1s"
allow_networks = ["127.0.0.0/8"]
"""
    config.write_text(text)
    return config


def listening(log):
    """The port of the daemon's own listener, from its log."""
    found = []

    def look():
        found.extend(re.findall(r"http\.listen\S*?127\.0\.0\.1:(\d+)", re.sub(r"\x1b\[[0-9;]*m", "", log.read_text())))
        return found

    scene.wait_until(look, 10, "the listener")
    return int(found[0])


class Health:
    """Asks `/healthz` twice a second and keeps the longest answer."""

    def __init__(self, port, stop):
        self.port, self.stop, self.worst, self.since = port, stop, 0.0, None
        threading.Thread(target=self.ask, daemon=True).start()

    def ask(self):
        while not self.stop.wait(0.5):
            self.since = time.monotonic()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=15).read()
                took = time.monotonic() - self.since
            except OSError:
                took = math.inf
            if not self.stop.is_set():
                self.worst, self.since = max(self.worst, took), None

    def longest(self):
        """The longest answer, one that has not come yet included."""
        since = self.since
        return max(self.worst, 0.0 if since is None else time.monotonic() - since)


def disturb(role, config, daemon, port, stop):
    """What is done to the daemon from the same machine while it is measured."""
    if role == "silent":
        clients = [client for number in range(SILENT) if (client := silent(port, number))]
        while not stop.wait(0.5):
            # Whoever is disconnected comes again.
            for index, client in enumerate(clients):
                if is_closed(client):
                    clients[index].close()
                    clients[index] = silent(port, index) or client
    if role == "configuration":
        text, number = config.read_text(), 0
        while not stop.wait(0.2):
            number += 1
            more = "watch = broken [" if number % 3 == 0 else f'[[watch]]\nid = "churn-{number}"\nany = ["Zanzibar {number}"]\nalert = ["desk"]\n'
            new = config.with_suffix(".new")
            new.write_text(f"{text}\n{more}")
            new.rename(config)
            if daemon.alive():
                daemon.process.send_signal(signal.SIGHUP)


def silent(port, number):
    """A client that says nothing, or every second one half a request."""
    try:
        client = socket.create_connection(("127.0.0.1", port), timeout=1)
        client.settimeout(0)
        if number % 2:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        return client
    except OSError:
        return None


def is_closed(client):
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def wait_for(newsroom, receiver):
    end = time.monotonic() + LATE
    while time.monotonic() < end and not newsroom.published() <= {letter["url"] for letter in list(receiver.letters)}:
        time.sleep(0.1)


def result(newsroom, receiver, longest):
    arrived = {}
    for letter in receiver.letters:
        arrived.setdefault(letter["url"], letter["at"])
    addresses = ((number, newsroom.address(number % newsroom.feeds, number)) for number in range(newsroom.count()))
    latencies = [arrived.get(address, math.inf) - newsroom.published_at(number) for number, address in addresses]
    return types.SimpleNamespace(latencies=latencies, health=longest)


def faults(result, limit):
    missing = sum(math.isinf(latency) for latency in result.latencies)
    if missing:
        yield f"{missing} items did not arrive within {LATE} s"
    elif scene.percentile(result.latencies) > limit:
        yield f"the 99th percentile is {scene.percentile(result.latencies):.2f} s, the limit {limit:.2f} s"
    if result.health > HEALTH:
        yield f"/healthz took {result.health:.2f} s, the limit is {HEALTH:.0f} s"


def row(name, result):
    p50, p99, most = (scene.percentile(result.latencies, part) for part in (0.5, 0.99, 1))
    return f"{name:<22}{len(result.latencies):>6}{p50:>8.2f}{p99:>8.2f}{most:>8.2f}{result.health:>10.2f}"


main()
