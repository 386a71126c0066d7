#!/usr/bin/env python3
"""Runs the daemon on listing pages and feeds as real sites served them, and counts what is stored and what arrives.

    tests/outside/captured.py [--binary target/release/marsad] [--data ../shared/data]

The labelled data stands beside the checkout, never in it; without it nothing is checked and a line says so.
Holds: every labelled item of the listing pages is stored; each feed has as many items as its label says; all items that
name what is watched for are told, one alert each, once, signed, to webhook and file alike; everything owed is
delivered. Started again on the same state and made to read everything anew, the daemon tells and stores nothing.
Standard library only.
"""

import argparse
import collections
import json
import re
import sys
import tempfile
import types
from pathlib import Path
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parent))
import scene

LEXICON = Path(__file__).parents[2] / "config/lexicon/oic.toml"

# How the listing pages mark up their items.
SELECTORS = {
    "seed_000_category": {
        "item": "article.item-list",
        "title": ".post-title a",
        "link": ".post-title a@href",
        "summary": ".entry p",
        "date": ".tie-date",
    },
    "seed_000_category_jnews": {
        "item": "article.jeg_pl_md_2",
        "title": ".jeg_post_title a",
        "link": ".jeg_post_title a@href",
        "summary": ".jeg_post_excerpt p",
        "date": ".jeg_meta_date",
    },
    "seed_004_topic": {"item": "li.news", "title": "h3 a", "link": "h3 a@href", "summary": ".desc > p", "date": "time"},
    "seed_004_topic_plain": {"item": "div.row0, div.row1", "title": "a.t", "link": "a.t@href"},
}

# Each word must be told of wherever it stands by itself in a headline, whatever else the watch finds.
WORDS = {
    "ar": ["فلسطين", "إسلام آباد"],
    "fa": ["استانبول", "اسرائیل"],
    "ur": ["اسلامی"],
    "tr": ["Erdoğan", "Türkiye"],
    "fr": ["France", "Nicolas Sarkozy"],
    "en": ["Apple", "Google", "China"],
}

# The Organisation's name; what is glued to its front (لمنظمة, بمنظمة, والمنظمة) changes nothing.
NAMES = re.compile("منظمة التعاون الإسلامي|سازمان همکاری ?(های)? ?اسلامی")

# What a source's state says of items that are there and hold no word.
HOLLOW = re.compile(r"(\d+) empty items? w(?:as|ere) left out")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = arguments.parse_args()
    if not options.data.is_dir():
        return print(f"captured: skipped: there is no labelled data at {options.data}")
    pages, feeds = labels(options.data)
    with tempfile.TemporaryDirectory(prefix="marsad-captured-") as name:
        folder = Path(name)
        site, desk = scene.Site(documents(options.data, pages, feeds)), scene.Desk(folder / "ledger")
        config = scene.configuration(folder, types.SimpleNamespace(feeds=0), desk, more(site, folder, pages, feeds))
        marsad = scene.Marsad(options.binary, config)
        try:
            first = run(marsad, folder / "log-1")
            came = len(desk.letters)
            again = run(marsad, folder / "log-2")
        except SystemExit as failure:
            sys.exit(f"captured: {failure}\n" + "\n".join(scene.tail(log) for log in sorted(folder.glob("log-*"))))
        problems = stored(first, desk, pages, feeds) + told(first, desk, pages) + delivered(again, desk, folder) + anew(first, again)
        status, said = scene.doctor(options.binary, config)
        if status != 0:
            problems.append(f"doctor ended with {status}: {said}")
    for problem in problems:
        print(f"captured: {problem}")
    watches = collections.Counter(watch for body in desk.bodies for watch in body["data"].get("watches", []))
    found = ", ".join(f"{watch} {count}" for watch, count in watches.most_common())
    read = f"{len(pages)} pages and {len(feeds)} feeds, {len(first[0])} items, {came} webhooks ({found})"
    print(f"captured: {read}, {len(desk.letters) - came} the second time: {'FAILED' if problems else 'all hold'}")
    sys.exit(1 if problems else 0)


def labels(data):
    def rows(path):
        return [json.loads(line) for line in path.read_text().splitlines()]

    pages = {Path(row["file"]).stem: row for row in rows(data / "pages/listings.jsonl") if "/seed_" in row["file"]}
    feeds = {row["id"]: row for row in rows(data / "feeds/manifest.jsonl") if row["origin"] == "captured"}
    return pages, feeds


def documents(data, pages, feeds):
    html = {"Content-Type": "text/html; charset=utf-8"}
    served = {name: ((data / "pages" / row["file"]).read_bytes(), html) for name, row in pages.items()}
    for name, row in feeds.items():
        headers = {"Content-Type": row["content_type"], **row["headers"]}
        served[name] = ((data / "feeds" / row["file"]).read_bytes(), headers)
    return served


def more(site, folder, pages, feeds):
    """Sources, watches and a file for what `scene.configuration` has not; the sources' own events are told too."""
    text = f"""
[[channel]]
id = "archive"
file = "{folder / 'archive.jsonl'}"

[health]
alert = ["desk", "archive"]
"""
    for watch, words in {"oic": ["@oic"], **WORDS}.items():
        text += f'\n[[watch]]\nid = "{watch}"\nany = {json.dumps(words, ensure_ascii=False)}\nalert = ["desk", "archive"]\n'
    for name in [*pages, *feeds]:
        text += f"""
[[source]]
id = "{name}"
{'page' if name in pages else 'feed'} = "http://127.0.0.1:{site.port}/{name}"
every = "6h"
first_visit = "all"
follow = "never"
allow_networks = ["127.0.0.0/8"]
"""
        text += "".join(f"{key} = {json.dumps(selector)}\n" for key, selector in SELECTORS.get(name, {}).items())
    return text + LEXICON.read_text()


def run(marsad, log):
    """Lets the daemon visit every source; gives items, sources and deliveries."""
    scene.run(marsad, log)
    return marsad.rows("items"), marsad.rows("sources"), marsad.rows("deliveries", "list")


def stored(first, desk, pages, feeds):
    """Each page's labelled items are there, and each source was read with as many items as its label counts."""
    items, sources, _ = first
    titles, links = {row["title"] for row in items}, {path(row["url"]) for row in items}
    problems = []
    for name, row in pages.items():
        lost = [item["title"] for item in row["items"] if item["title"] not in titles and path(item["link"]) not in links]
        problems += [f"{name}: not stored: {title}" for title in lost]
    read = {body["data"]["source"]: body["data"]["items"] for body in desk.bodies if body["type"] == "source.activated"}
    hollow = {row["id"]: HOLLOW.search(row["degraded"] or "") for row in sources}
    labelled = {name: len(row["items"]) for name, row in pages.items()}
    labelled |= {name: row["expected"]["entries"] for name, row in feeds.items() if not lost_to_others(row)}
    for name, count in labelled.items():
        found = read.get(name, 0) + int(hollow[name][1] if hollow[name] else 0)
        if found != count:
            problems.append(f"{name}: {found} items were read, {count} are labelled")
    return problems


def lost_to_others(row):
    """A broken feed of which no other reader gets anything: its whole items may be read all the same."""
    return row["tier"] == "sloppy" and row["expected"]["entries"] == 0


def path(url):
    return unquote(urlsplit(url or "").path)


def told(first, desk, pages):
    """The items that must be told were told, each once."""
    items, _, _ = first
    matched = [body["data"] for body in desk.bodies if body["type"] == "item.matched"]
    by_title = collections.defaultdict(set)
    for data in matched:
        by_title[data["item"]["title"]] |= set(data["watches"])
    named = {item["title"] for row in pages.values() for item in row["items"] if NAMES.search(item["title"] + " " + item["excerpt"])}
    problems = [f"names the Organisation and was not told: {title}" for title in named if "oic" not in by_title[title]]
    for watch, words in WORDS.items():
        word = re.compile(rf"\b({'|'.join(words)})\b")
        problems += [f"not told to {watch}: {row['title']}" for row in items if word.search(row["title"]) and watch not in by_title[row["title"]]]
    problems += [f"nothing at all was told to {watch}" for watch in ["oic", *WORDS] if not any(watch in watches for watches in by_title.values())]
    twice = [name for name, count in collections.Counter(data["item"]["id"] for data in matched).items() if count > 1]
    return problems + [f"told twice: {name}" for name in twice]


def delivered(first, desk, folder):
    """What is owed, what came to the webhook and what stands in the file are the same."""
    _, _, deliveries = first
    problems = [f"{row['id']} to {row['channel']} is {row['state']}" for row in deliveries if row["state"] != "delivered"]
    problems += [f"signature: {refused}" for refused in desk.refused]
    came = collections.Counter(letter["id"] for letter in desk.letters)
    problems += [f"{name} came {count} times" for name, count in came.items() if count > 1]
    if set(came) != {row["id"] for row in deliveries if row["channel"] == "desk"}:
        problems.append("what the webhook got is not what was owed to it")
    archive = [json.loads(line) for line in (folder / "archive.jsonl").read_text().splitlines()]
    if sorted(map(told_apart, archive)) != sorted(map(told_apart, desk.bodies)):
        problems.append(f"the file has {len(archive)} lines, the webhook {len(desk.bodies)}, and they do not say the same")
    return problems


def told_apart(body):
    """A body without what is the channel's own."""
    return json.dumps({**body, "data": {key: value for key, value in body["data"].items() if key not in ("channel", "seq")}}, sort_keys=True)


def anew(first, again):
    """Nothing was stored or owed by reading everything once more."""
    problems = []
    for what, before, after in zip(("items", "sources", "deliveries"), first, again):
        more = {row["id"] for row in after} ^ {row["id"] for row in before}
        if more:
            problems.append(f"{len(more)} {what} changed the second time, such as {sorted(more)[:3]}")
    return problems + [f"{row['id']} was revised" for row in again[0] if row["revision"] > 1]


main()
