#!/usr/bin/env python3
"""Lets a name server lie, fail and delay, and looks at what the daemon connects to.

    tests/outside/names.py [--binary target/release/marsad]

Runs itself in a network and a mount namespace (`unshare`, as root), where a small name server is the only one and the
loopback device has a public address, 8.8.4.4. The names of sources and receivers:

public.test   8.8.4.4: reached
absent.test   no such name (NXDOMAIN): the visit fails and is repeated; it heals when the name appears
failing.test  SERVFAIL, the same
slow.test     answered after 30 s: the visit ends at the time limit of a fetch, and no other source waits
mixed.test    8.8.4.4 and 127.0.0.1: only the public address is reached
turning.test  8.8.4.4 at first, then 127.0.0.1 (DNS rebinding): never reached on loopback
inner.test    10.0.0.1: never reached

Passes when the loopback server gets no request, both receivers get every item of the sources that can be reached, and
each failing source names its cause. About a minute and a half. Standard library, `unshare` and `ip`; skipped, with the
reason, where the namespaces are not permitted.
"""

import argparse
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene

PUBLIC, LOOPBACK = "8.8.4.4", "127.0.0.1"
PORT = 8080
NAMES = ["public", "absent", "failing", "slow", "mixed", "turning", "inner"]
SLOW = 30


class NameServer:
    """Answers for `.test`; `healed` makes every name public."""

    def __init__(self):
        self.healed, self.asked = False, {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOOPBACK, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            threading.Thread(target=self.answer, args=(query, peer), daemon=True).start()

    def answer(self, query, peer):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind = struct.unpack(">H", query[at + 1 : at + 3])[0]
        name = labels[0]
        self.asked[name] = self.asked.get(name, 0) + (kind == 1)
        code, addresses = self.addresses(name, self.asked[name])
        if name == "slow" and not self.healed:
            time.sleep(SLOW)
        records = [socket.inet_aton(address) for address in addresses] if kind == 1 else []
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + record for record in records)
        self.socket.sendto(head + query[12 : at + 5] + body, peer)

    def addresses(self, name, times):
        if self.healed and name not in ("turning", "inner"):
            return 0, [PUBLIC]
        if name == "absent":
            return 3, []
        if name == "failing":
            return 2, []
        if name == "inner":
            return 0, ["10.0.0.1"]
        if name == "mixed":
            return 0, [LOOPBACK, PUBLIC]
        if name == "turning" and times > 1:
            return 0, [LOOPBACK]
        return 0, [PUBLIC]


class Site:
    """A feed for each name, at one address; counts what is asked."""

    def __init__(self, address):
        self.asked, self.published = [], 0
        self.server = scene.Server((address, PORT), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(site):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.headers.get("Host"))
                name = (self.headers.get("Host") or "").split(".")[0]
                url = lambda n: f"http://{name}.test:{PORT}/item-{n}"
                items = "".join(scene.Newsroom.item(url(n), f"{scene.WATCHED}: {scene.wording(name + str(n))[:60]}", scene.wording(f"{name} {n}")) for n in range(site.published, -1, -1))
                body = f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


def configuration(folder, receiver):
    text = f"""
state_dir = "{folder / 'state'}"
timezone = "UTC"

[http]
listen = ""

[fetch]
host_delay = "0s"
timeout = "5s"

[[watch]]
id = "watched"
any = ["{scene.WATCHED}"]
alert = ["desk"]

[[channel]]
id = "desk"
webhook = "http://desk.test:{receiver.port}/hook"
"""
    for name in NAMES:
        text += f'\n[[source]]\nid = "{name}"\nfeed = "http://{name}.test:{PORT}/{name}"\nevery = "1s"\nmin_every = "1s"\nmax_every = "2s"\nfollow = "never"\n'
    path = folder / "marsad.toml"
    path.write_text(text)
    return path


def inside(options):
    problems, names = [], NameServer()
    public, inner = Site(PUBLIC), Site(LOOPBACK)
    with tempfile.TemporaryDirectory(prefix="marsad-names-") as name:
        folder = Path(name)
        receiver = scene.Receiver(folder / "ledger", verify=lambda *_: None)
        # The receiver is on loopback, and its channel may reach it: an operator chose it.
        hosts = folder / "hosts"
        hosts.write_text("127.0.0.1 desk.test\n")
        subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
        config, log = configuration(folder, receiver), folder / "log"
        daemon, marsad = scene.Daemon(options.binary, config, log), scene.Marsad(options.binary, config)
        try:
            scene.wait_until(lambda: {"public.test:8080", "mixed.test:8080"} <= set(public.asked), 60, "the first visits", daemon)
            time.sleep(2)
            public.published += 3
            arrived = lambda name: sum(1 for letter in list(receiver.letters) if letter["url"] and f"//{name}.test" in letter["url"])
            scene.wait_until(lambda: arrived("public") == 3 and arrived("mixed") == 3, 60, "the items of the names that can be reached", daemon)
            scene.wait_until(lambda: named(marsad, "slow"), 60, "the failure of the slow name", daemon)
            for name in ("absent", "failing", "slow", "turning", "inner"):
                said = named(marsad, name)
                print(f"names: {name}: {said}")
                if not said:
                    problems.append(f"{name}: no failure is reported")
            names.healed = True
            asked = lambda name: f"{name}.test:8080" in public.asked
            daemon.process.send_signal(10)
            scene.wait_until(lambda: asked("absent") and asked("failing") and asked("slow"), 90, "the healed names", daemon)
            status, took = daemon.stop()
            if status != 0:
                problems.append(f"the daemon stopped with {status} after {took:.1f} s")
        except SystemExit as failure:
            problems.append(f"{failure}\n{scene.tail(log, 40)}")
            daemon.kill()
        if inner.asked:
            problems.append(f"the loopback server was asked: {collections_of(inner.asked)}")
        problems += [line for line in log.read_text(errors="replace").splitlines() if "panicked" in line]
    for problem in problems:
        print(f"names: {problem}")
    print(f"names: {len(public.asked)} requests at the public address, {len(inner.asked)} at loopback: {'FAILED' if problems else 'nothing reached that must not be'}")
    sys.exit(1 if problems else 0)


def collections_of(asked):
    return sorted(set(asked))


def named(marsad, source):
    """Why a source fails, by the command line."""
    row = next((row for row in marsad.rows("sources") if row["id"] == source), {})
    return next((str(row[key]) for key in ("error", "last_error", "failure") if row.get(key)), None)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    options = arguments.parse_args()
    if os.environ.get("MARSAD_NAMES_INSIDE"):
        return inside(options)
    set_up = f"""
ip link set lo up && ip address add {PUBLIC}/32 dev lo || exit 77
echo 'nameserver 127.0.0.1' > "$0" && mount --bind "$0" /etc/resolv.conf || exit 77
exec "$@"
"""
    with tempfile.NamedTemporaryFile(prefix="marsad-resolv-") as resolv:
        os.chmod(resolv.name, 0o644)
        command = ["unshare", "--net", "--mount", "sh", "-c", set_up, resolv.name, sys.executable, __file__, "--binary", options.binary]
        done = subprocess.run(command, env={**os.environ, "MARSAD_NAMES_INSIDE": "1"})
    if done.returncode == 77:
        print("names: skipped: the namespaces are not permitted")
        return 0
    return done.returncode


sys.exit(main())
