#!/usr/bin/env python3
"""Lets one feed name thousands of hosts, each with a large robots.txt, and measures what the daemon keeps of them.

    tests/outside/hosts.py [--binary target/release/marsad] [--hosts 2000] [--nofile 0,256]

The hosts stand behind a proxy on loopback, so that no name has to resolve. Every item is cut in the feed, so that its
host is asked for robots.txt and for the item's own page.
Holds, under each limit on open handles (0: the one that is there): every item reached the receiver once and none under
two ids; the daemon took at most 100 MB of memory and 256 handles; it stops cleanly and `marsad doctor` finds the store
sound. Standard library only.
"""

import argparse
import collections
import os
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent))
import scene

MAX_MEMORY_MB = 100
MAX_HANDLES = 256
# Items that the feed shows at once; below the default of max_items.
AT_ONCE = 400
# Seconds that a run may take in all.
PATIENCE = 240
ROBOTS = ("User-agent: *\n" + "".join(f"Disallow: /private/{number:06}/{'x' * 80}\n" for number in range(6000))).encode()


class Web:
    """A proxy behind which stand a feed and the hosts that its items name."""

    def __init__(self, hosts):
        self.hosts, self.shown = hosts, 0
        self.asked = collections.Counter()
        self.server = scene.Server(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def address(number):
        return f"http://host-{number}.example.com/item-{number}"

    def feed(self):
        """Every visit finds the next items, once the first one has found the old ones."""
        numbers = range(max(0, self.shown - AT_ONCE), min(self.shown, self.hosts))
        items = "".join(self.item(self.address(n), f"{scene.WATCHED}: {scene.wording(n)[:60]}", f"{scene.wording(n)[:80]} …") for n in numbers)
        items += self.item("http://feeds.example.org/old", "An old item", scene.wording("old"))
        self.shown = min(self.shown + AT_ONCE, self.hosts)
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>hosts</title><link>http://feeds.example.org/</link>{items}</channel></rss>'.encode()

    @staticmethod
    def item(address, title, text):
        return f"<item><title>{title}</title><link>{address}</link><guid>{address}</guid><description>{text}</description></item>"

    @staticmethod
    def page(number):
        title = f"{scene.WATCHED}: {scene.wording(number)[:60]}"
        return f"<html lang=en><title>{title}</title><article><h1>{title}</h1><p>{scene.wording(number)}</p></article></html>".encode()

    def handler(web):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urlsplit(self.path)
                if url.hostname == "feeds.example.org":
                    body, kind = web.feed(), "application/rss+xml"
                elif url.path == "/robots.txt":
                    body, kind = ROBOTS, "text/plain"
                else:
                    body, kind = web.page(int(url.path.rsplit("-", 1)[1])), "text/html; charset=utf-8"
                    web.asked["pages"] += 1
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


class Gauge:
    """Looks at the daemon's memory and handles until it ends."""

    def __init__(self, pid):
        self.pid, self.memory_mb, self.handles = pid, 0.0, 0
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        try:
            while True:
                self.handles = max(self.handles, len(os.listdir(f"/proc/{self.pid}/fd")))
                status = Path(f"/proc/{self.pid}/status").read_text()
                peak = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
                self.memory_mb = max(self.memory_mb, int(peak.split()[1]) / 1024)
                time.sleep(0.01)
        except OSError:
            pass


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--hosts", type=int, default=2000)
    arguments.add_argument("--nofile", default="0,256", help="limits on open handles, one run for each")
    options = arguments.parse_args()
    failed = False
    for limit in map(int, options.nofile.split(",")):
        with tempfile.TemporaryDirectory(prefix="marsad-hosts-") as name:
            said, problems = run(options, limit, Path(name))
        for problem in problems:
            print(f"hosts: {problem}")
        print(f"hosts: {said}: {'FAILED' if problems else 'nothing lost'}")
        failed |= bool(problems)
    sys.exit(1 if failed else 0)


def run(options, limit, folder):
    web, receiver = Web(options.hosts), scene.Receiver(folder / "ledger")
    config, log = configuration(folder, web, receiver), folder / "log"
    began = time.monotonic()
    daemon = scene.Daemon(limited(options.binary, limit, folder), config, log)
    gauge = Gauge(daemon.process.pid)
    wanted = {web.address(number) for number in range(options.hosts)}
    problems = []
    try:
        scene.wait_until(lambda: wanted <= {letter["url"] for letter in receiver.letters}, PATIENCE, "the last items", daemon)
    except SystemExit as failure:
        problems.append(f"{failure}\n{scene.tail(log)}")
    took = time.monotonic() - began
    status, _ = daemon.stop() if daemon.alive() else (daemon.process.returncode, 0)
    problems += judge(wanted, receiver, gauge, status, scene.doctor(options.binary, config))
    held = f"under {limit} handles" if limit else "under the usual limit"
    said = f"{held}, {options.hosts} hosts, {web.asked['pages']} pages read in {took:.0f} s with {gauge.memory_mb:.0f} MB and {gauge.handles} handles at most"
    return said, problems


def limited(binary, limit, folder):
    """The binary, or a script that starts it with fewer handles."""
    if not limit:
        return binary
    script = folder / "limited"
    script.write_text(f'#!/bin/sh\nulimit -n {limit}\nexec "{Path(binary).resolve()}" "$@"\n')
    script.chmod(0o700)
    return str(script)


def judge(wanted, receiver, gauge, status, checked):
    problems = []
    ids = collections.defaultdict(set)
    for letter in receiver.letters:
        ids[letter["url"]].add(letter["id"])
    lost = wanted - ids.keys()
    if lost:
        problems.append(f"{len(lost)} items never arrived, such as {sorted(lost)[:3]}")
    twice = [url for url in wanted if len(ids[url]) > 1]
    if twice:
        problems.append(f"{len(twice)} items came under two ids, such as {twice[:3]}")
    if gauge.memory_mb > MAX_MEMORY_MB:
        problems.append(f"{gauge.memory_mb:.0f} MB of memory are more than {MAX_MEMORY_MB}")
    if gauge.handles > MAX_HANDLES:
        problems.append(f"{gauge.handles} open handles are more than {MAX_HANDLES}")
    if status != 0:
        problems.append(f"the daemon ended with {status}")
    found, said = checked
    if found != 0:
        problems.append(f"doctor ended with {found}: {said}")
    return problems


def configuration(folder, web, receiver):
    secret = folder / "secret"
    secret.write_text(scene.SECRET)
    path = folder / "marsad.toml"
    path.write_text(f"""
state_dir = "{folder / 'state'}"

[http]
listen = ""

[fetch]
host_delay = "0s"
proxy = "http://127.0.0.1:{web.port}"

[[channel]]
id = "desk"
webhook = "http://127.0.0.1:{receiver.port}/hook"
secret = {{ file = "{secret}" }}
max_in_flight = 4

[[watch]]
id = "watched"
any = ["{scene.WATCHED}"]
alert = ["desk"]

[[source]]
id = "hosts"
feed = "http://feeds.example.org/feed"
every = "1s"
min_every = "1s"
follow = "always"
""")
    return path


main()
