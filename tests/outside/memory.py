#!/usr/bin/env python3
"""Lets 200 sources serve documents of 10 MB and of just under the limit, and measures the daemon's memory.

    tests/outside/memory.py [--binary target/release/marsad] [--sources 200] [--limit 256]

A third of the sources serve a feed of 10 MB, which is beyond the limit of 8 MiB; a third a feed of 7 MB; a third a page of
7 MB. Each has a host of its own, so that as many are fetched at once as the configuration allows. An honest feed publishes
items meanwhile.

Passes when every source was asked, the peak of the resident memory (VmHWM) stays below `--limit` MiB, and every item of the
honest feed arrived. About two minutes. Standard library only; needs Linux for 127.0.0.0/8 and /proc.
"""

import argparse
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

PATIENCE = 400


def feed(size):
    item = lambda n: f"<item><title>Item {n} {scene.wording(n % 500)[:60]}</title><guid>{n}</guid><description>{scene.wording(n % 500) * 8}</description></item>"
    head, foot, items, length, number = '<rss version="2.0"><channel><title>large</title>', "</channel></rss>", [], 0, 0
    while length < size:
        items.append(item(number))
        length, number = length + len(items[-1]), number + 1
    return (head + "".join(items) + foot).encode()


def page(size):
    block = lambda n: f'<div class="teaser"><h2><a href="/news/{n}">{scene.wording(n % 500)[:70]}</a></h2><p>{scene.wording(n % 500) * 12}</p></div>'
    blocks, length, number = [], 0, 0
    while length < size:
        blocks.append(block(number))
        length, number = length + len(blocks[-1]), number + 1
    return ("<html lang=en><title>large</title><body>" + "".join(blocks) + "</body></html>").encode()


class Site:
    """One document under every address of 127.0.0.0/8."""

    def __init__(self, body, kind):
        self.body, self.kind, self.asked = body, kind, set()
        self.server = scene.Server(("0.0.0.0", 0), self.handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(site):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path != "/robots.txt":
                    site.asked.add(self.headers["Host"])
                found = self.path != "/robots.txt"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", site.kind)
                self.send_header("Content-Length", str(len(site.body) if found else 0))
                self.end_headers()
                if found:
                    self.wfile.write(site.body)

            def log_message(self, *_):
                pass

        return Handler


def peak(pid):
    """The peak of the resident memory in MiB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/marsad")
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--only", type=int, choices=[0, 1, 2], help="one kind of document: beyond the limit, feed, page")
    parser.add_argument("--limit", type=float, default=256)
    options = parser.parse_args()
    problems = []
    with tempfile.TemporaryDirectory(prefix="marsad-memory-") as name:
        folder = Path(name)
        newsroom, receiver = scene.Newsroom(feeds=1, rate=0.5), scene.Receiver(folder / "ledger")
        kinds = [("feed", Site(feed(10 << 20), "application/rss+xml")), ("feed", Site(feed(7 << 20), "application/rss+xml")), ("page", Site(page(7 << 20), "text/html; charset=utf-8"))]
        kinds = kinds if options.only is None else [kinds[options.only]]
        config, log = scene.configuration(folder, newsroom, receiver), folder / "log"
        more = "".join(
            f'\n[[source]]\nid = "large-{number}"\n{kind} = "http://127.0.{1 + number // 250}.{1 + number % 250}:{site.port}/"\nevery = "1m"\nfollow = "never"\nallow_networks = ["127.0.0.0/8"]\n'
            for number in range(options.sources)
            for kind, site in [kinds[number % len(kinds)]]
        )
        config.write_text(config.read_text() + more)
        daemon = scene.Daemon(options.binary, config, log)
        try:
            scene.wait_until(lambda: newsroom.visits[0] >= 2, 60, "the first visits", daemon)
            newsroom.open()
            asked = lambda: sum(len(site.asked) for _, site in kinds)
            scene.wait_until(lambda: asked() >= options.sources, PATIENCE, "every large source", daemon)
            visited = lambda: all(row["last_visit"] for row in scene.Marsad(options.binary, config).rows("sources"))
            scene.wait_until(visited, PATIENCE, "the end of every visit", daemon)
            newsroom.close()
            scene.wait_until(lambda: newsroom.published() <= {letter["url"] for letter in receiver.letters}, 60, "the items of the honest feed", daemon)
            largest = peak(daemon.process.pid)
            status, took = daemon.stop()
            if status != 0:
                problems.append(f"the daemon stopped with {status} after {took:.1f} s")
            if largest >= options.limit:
                problems.append(f"the peak of {largest:.0f} MiB is beyond {options.limit:.0f} MiB")
        except SystemExit as failure:
            largest = peak(daemon.process.pid) if daemon.alive() else 0
            problems.append(f"{failure}\n{scene.tail(log)}")
            daemon.kill()
    for problem in problems:
        print(f"memory: {problem}")
    print(f"memory: {options.sources} sources of 7 to 10 MB, {len(receiver.letters)} items, peak {largest:.0f} MiB: {'FAILED' if problems else 'within the limit'}")
    return 1 if problems else 0


sys.exit(main())
