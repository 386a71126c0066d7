"""Peers that mean harm, each in a process of its own so that its work is not counted as the daemon's.

    python3 tests/outside/hostile.py KIND HOSTS

listens at so many addresses from 127.0.0.2 on and prints the port, the same at all. Each connection ends after a minute
at the latest, and the process when its standard input is closed.
Standard library only.
"""

import gzip
import os
import socket
import sys
import threading
import time

LIFE = 60
OK = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
FEED = OK % b"application/rss+xml"
PAGE = OK % b"text/html; charset=utf-8"


def forever(peer, piece, pause=0.0):
    end = time.monotonic() + LIFE
    while time.monotonic() < end:
        peer.sendall(piece)
        if pause:
            time.sleep(pause)


def interim(peer, _):
    forever(peer, b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" * 200)


def headers(peer, _):
    peer.sendall(FEED)
    forever(peer, b"X-More: of the same and no end to it\r\n" * 500)


def slowloris(peer, _):
    peer.sendall(FEED + b"X-Slow: ")
    forever(peer, b"a", 0.5)


def chunks(peer, _):
    peer.sendall(FEED + b"Transfer-Encoding: chunked\r\n\r\n")
    forever(peer, b"1\r\na\r\n" * 2000)


def bomb(peer, _, made=[]):
    if not made:
        made.append(gzip.compress(bytes(1 << 28)))
    peer.sendall(FEED + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(made[0]) + made[0])


def endless(peer, _):
    peer.sendall(FEED + b"\r\n<rss><channel>")
    forever(peer, b"<item><title>more of it</title></item>" * 500)


def robots(peer, head):
    if b"/robots.txt" in head.split(b"\r\n", 1)[0]:
        line = b"User-agent: *\nDisallow: /a-path-that-nobody-asks-for/*/and-its-children$\n"
        body = line * ((4 << 20) // len(line))
        peer.sendall(OK % b"text/plain" + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    else:
        peer.sendall(PAGE + b"Content-Length: 2\r\n\r\nhi")


def deep(peer, head):
    if b"/robots.txt" in head.split(b"\r\n", 1)[0]:
        return peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    body = b"<div>" * ((8 << 20) // 5 - 1)
    peer.sendall(PAGE + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def misnested(peer, head):
    if b"/robots.txt" in head.split(b"\r\n", 1)[0]:
        return peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    body = b"".join(b"<font a%d=1><p>" % number for number in range(5000))
    peer.sendall(PAGE + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def blackhole(peer, _):
    time.sleep(LIFE)


def trickle(peer, _):
    peer.sendall(OK % b"text/plain" + b"Content-Length: 1000000\r\n\r\n")
    forever(peer, b"a", 0.5)


def relay(peer, _):
    forever(peer, b"220 welcome and so on " * 3000)


def relay_answer(peer, _):
    """Greets like a relay; the answer to the first command never ends."""
    peer.sendall(b"220 relay.example.org\r\n")
    peer.recv(4096)
    forever(peer, b"250-and so on " * 3000)


SILENT_UNTIL_GREETED = {relay, relay_answer}
KINDS = {serve.__name__: serve for serve in (interim, headers, slowloris, chunks, bomb, endless, robots, deep, misnested, blackhole, trickle, relay, relay_answer)}


def attend(peer, serve):
    with peer:
        peer.settimeout(LIFE)
        try:
            head = b""
            while serve not in SILENT_UNTIL_GREETED and b"\r\n\r\n" not in head:
                more = peer.recv(65536)
                if not more:
                    return
                head += more
            serve(peer, head)
        except OSError:
            pass


def listen(serve, address, port):
    listener = socket.create_server((address, port), backlog=512)

    def accept():
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=attend, args=(peer, serve), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def main():
    serve, hosts = KINDS[sys.argv[1]], int(sys.argv[2])
    # Its processor time is the attacker's, on another machine.
    os.nice(19)
    port = 0
    for host in range(hosts):
        port = listen(serve, f"127.0.0.{2 + host}", port)
    print(port, flush=True)
    # Ends with whoever started it.
    sys.stdin.read()


if __name__ == "__main__":
    main()
