#!/usr/bin/env python3
"""Holds marsad to programs that others wrote: the `standardwebhooks` library and the `aiosmtpd` mail server.

    tests/outside/standards.py --binary target/release/marsad --certificate CERT --key KEY --authority CA

A receiver checks each signature with the library. A mail server that takes nothing without STARTTLS and a password gets
the same alerts; its certificate is signed by the authority given. Holds: all signatures, TLS and password on every
mail, the Arabic headline whole in the subject, one Message-ID a mail.
"""

import argparse
import email
import email.policy
import os
import socket
import ssl
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scene
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from standardwebhooks import Webhook

HEADLINE = "الأمين العام لمنظمة التعاون الإسلامي يفتتح اجتماع خبراء المياه"
PASSWORD = "a password of this check"


class Mailroom:
    """Keeps each mail with how it came."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((message, session.ssl is not None, session.authenticated))
        return "250 2.0.0 kept"


class Strict(Controller):
    """No mail without TLS and a password."""

    def __init__(self, *arguments, context, **options):
        self.context = context
        super().__init__(*arguments, **options)

    def factory(self):
        return SMTP(self.handler, hostname="localhost", tls_context=self.context, require_starttls=True, auth_required=True, auth_require_tls=True, authenticator=known)


def known(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"marsad", PASSWORD.encode())
    return AuthResult(success=good)


class OneFeed:
    """A feed that is empty of news until the headline is out."""

    feeds = 1

    def __init__(self):
        self.out = False
        self.visits = 0
        self.server = scene.Server(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def cuts(feed):
        """It gives what it has; no page is read."""
        return False

    def document(self):
        titles = [HEADLINE] if self.out else []
        items = "".join(f"<item><title>{title}</title><link>http://127.0.0.1:{self.port}/0/{number}</link><description>نص الخبر الأول في هذا اليوم.</description></item>" for number, title in enumerate([*titles, "خبر قديم عن الميناء"]))
        return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title><language>ar</language>{items}</channel></rss>'.encode()

    def handler(room):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = self.path == "/0"
                body = room.document() if found else b""
                room.visits += found
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ["binary", "certificate", "key", "authority"]:
        arguments.add_argument(f"--{name}", required=True)
    options = arguments.parse_args()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    mailroom = Mailroom()
    port = free_port()
    mail = Strict(mailroom, hostname="127.0.0.1", port=port, context=context)
    mail.start()
    library = Webhook(scene.SECRET)
    with tempfile.TemporaryDirectory(prefix="marsad-standards-") as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        receiver = scene.Receiver(folder / "ledger", lambda headers, body: library.verify(body, dict(headers)))
        newsroom = OneFeed()
        config = scene.configuration(folder, newsroom, receiver, more(port, folder))
        log = folder / "log"
        daemon = scene.Daemon(options.binary, config, log, {"SSL_CERT_FILE": os.path.abspath(options.authority)})
        try:
            scene.wait_until(lambda: newsroom.visits >= 2, 60, "the first visits", daemon)
            newsroom.out = True
            scene.wait_until(lambda: receiver.letters and mailroom.mails, 60, "webhook and mail", daemon)
            status, _ = daemon.stop()
        except SystemExit as failure:
            daemon.kill()
            sys.exit(f"standards: {failure}\n{scene.tail(log)}")
        problems = judge(receiver, mailroom, status, Path(log).read_text(errors="replace"))
    mail.stop()
    for problem in problems:
        print(f"standards: {problem}")
    print(f"standards: {len(receiver.letters)} webhooks by standardwebhooks, {len(mailroom.mails)} mails by aiosmtpd with STARTTLS and AUTH: {'FAILED' if problems else 'all hold'}")
    sys.exit(1 if problems else 0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def more(port, folder):
    return f"""
[[channel]]
id = "press"
email = ["press@example.org"]
lang = "ar"

[[watch]]
id = "arabic"
any = ["منظمة التعاون الإسلامي"]
alert = ["desk", "press"]

[smtp]
url = "smtp://marsad@localhost:{port}"
password = {{ file = "{folder / 'password'}" }}
from = "marsad <marsad@example.org>"
"""


def judge(receiver, mailroom, status, log):
    problems = [f"signature: {refused}" for refused in receiver.refused]
    if len(receiver.letters) != 1:
        problems.append(f"{len(receiver.letters)} webhooks came for one item")
    if len(mailroom.mails) != 1:
        problems.append(f"{len(mailroom.mails)} mails came for one item")
    for message, tls, authenticated in mailroom.mails:
        subject = "".join(c for c in str(message["Subject"]) if c not in "\u2066\u2067\u2068\u2069")
        if HEADLINE not in subject:
            problems.append(f"the headline is not whole in the subject: {subject!r}")
        if not (tls and authenticated):
            problems.append(f"a mail came with tls={tls}, authenticated={authenticated}")
        if not message["Message-ID"] or message["Auto-Submitted"] != "auto-generated":
            problems.append(f"Message-ID {message['Message-ID']!r}, Auto-Submitted {message['Auto-Submitted']!r}")
        parts = {part.get_content_type() for part in message.walk()}
        if not {"text/plain", "text/html"} <= parts:
            problems.append(f"the mail has only {sorted(parts)}")
    for secret in [scene.SECRET, PASSWORD, "press@example.org"]:
        if secret in log:
            problems.append("a secret or a mail address stands in the log")
    if status != 0:
        problems.append(f"the daemon stopped with {status}")
    return problems


main()
