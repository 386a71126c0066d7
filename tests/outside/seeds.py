#!/usr/bin/env python3
"""Runs the daemon on the five pages that marsad was founded on, without a selector, and reads what it stored.

    tests/outside/seeds.py [--binary target/release/marsad] [--data ../shared/data]

The labelled data stands beside the checkout, never in it; without it nothing is checked and a line says so.
Listings are read by what repeats on them and a bulletin by its own marks; the pages that they and a headline-only feed
link to are read for their full text. Holds: every labelled item is stored, and no other, with its full text, its day
and its language; what names the Organisation is told once; words that stand only in full texts are told; no word of a
ticker, a related box or a second article on the page matches a watch. Started again, it reads no page a second time.
Standard library only.
"""

import argparse
import collections
import datetime
import json
import re
import sqlite3
import sys
import tempfile
import types
import zoneinfo
from pathlib import Path
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parent))
import scene

LEXICON = Path(__file__).parents[2] / "config/lexicon/oic.toml"
NAMES = re.compile("منظمة التعاون الإسلامي|سازمان همکاری ?(های)? ?اسلامی")
ZONES = {"ar": "Asia/Riyadh", "fa": "Asia/Tehran"}
DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")
MONTHS = {"ديسمبر": 12}
# The first day of the ninth month of 1396 in the Iranian calendar.
AZAR_1396 = datetime.date(2017, 11, 22)
# A sentence that only the pages of listed items have, and the word in it that is watched for.
ONLY_THERE = {"ar": ("وجاء ذلك بحضور المستشار الزرقاوي المعتمد", "الزرقاوي"), "fa": ("این خبر با حضور مشاور کرمانشاهی اعلام شد", "کرمانشاهی")}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", default="target/release/marsad")
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = arguments.parse_args()
    if not options.data.is_dir():
        return print(f"seeds: skipped: there is no labelled data at {options.data}")
    rows = {kind: labels(options.data / f"pages/{kind}.jsonl") for kind in ("listings", "articles", "digests")}
    with tempfile.TemporaryDirectory(prefix="marsad-seeds-") as name:
        folder = Path(name)
        site, desk = scene.Site({}), scene.Desk(folder / "ledger")
        site.asked = collections.Counter()
        site.documents = Shelf(site.asked, documents(options.data / "pages", rows, f"http://127.0.0.1:{site.port}"))
        config = scene.configuration(folder, types.SimpleNamespace(feeds=0), desk, more(site, rows))
        marsad = scene.Marsad(options.binary, config)
        try:
            scene.run(marsad, folder / "log-1")
            came, asked = len(desk.letters), collections.Counter(site.asked)
            scene.run(marsad, folder / "log-2")
        except SystemExit as failure:
            sys.exit(f"seeds: {failure}\n" + "\n".join(scene.tail(log) for log in sorted(folder.glob("log-*"))))
        items = stored(folder)
        problems = right(items, rows) + told(desk, items) + anew(desk, came, site, asked, rows, items)
        status, said = scene.doctor(options.binary, config)
        if status != 0:
            problems.append(f"doctor ended with {status}: {said}")
    for problem in problems:
        print(f"seeds: {problem}")
    full = sum(item["text_state"] == "full" for item in items)
    print(f"seeds: {len(items)} items, {full} with their full text, {came} webhooks: {'FAILED' if problems else 'all hold'}")
    sys.exit(1 if problems else 0)


class Shelf(dict):
    """What the site serves, counting what it is asked for."""

    def __init__(self, asked, documents):
        super().__init__(documents)
        self.asked = asked

    def get(self, name, default):
        self.asked[name] += 1
        return super().get(name, default)


def labels(path):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {Path(row["file"]).stem: row for row in rows if "/seed_" in row["file"]}


def path(url):
    return unquote(urlsplit(url or "").path).strip("/")


def documents(pages, rows, home):
    """Every seed page under the source's name or its own path, its site's name replaced by this one's."""
    served = {}

    def here(text):
        return re.sub(r"https?://[\w.]+-example\.test", home, text).encode()

    def page(row):
        return (pages / row["file"]).read_text()

    for name, row in {**rows["listings"], **rows["digests"]}.items():
        served[name] = (here(page(row)), HTML)
    shell = page(rows["articles"]["seed_003_aggregator"])
    for row in rows["listings"].values():
        for item in row["items"]:
            served[path(item["link"])] = (here(own_page(shell, item, row["lang"])), HTML)
    for row in rows["articles"].values():
        served[path(row["url"])] = (here(page(row)), HTML)
    entries = "".join(f"<item><title>{row['title']}</title><link>{home}/{path(row['url'])}</link></item>" for row in rows["articles"].values())
    feed = f'<rss version="2.0"><channel><title>headlines</title><link>{home}/</link>{entries}</channel></rss>'
    served["headlines"] = (feed.encode(), {"Content-Type": "application/rss+xml; charset=utf-8"})
    return served


def own_page(shell, item, lang):
    """The page of a listed item: its text in the shell of the aggregator, with everything that stands round it there."""
    start, end = shell.index('<div class="article-content">'), shell.index("<p>المصدر:")
    lead = item["excerpt"].removesuffix("…").strip()
    text = f'<div class="article-content"><p>{lead}</p><p>{ONLY_THERE[lang][0]}: {item["title"]}.</p>'
    shell = shell[:start] + text + shell[end:]
    shell = re.sub(r"<time>.*?</time>", f"<time>{item['date']}</time>", shell)
    shell = re.sub(r"<meta property=\"article:published_time\"[^>]*>", "", shell)
    shell = shell.replace("الأمين العام لمنظمة التعاون الإسلامي يدعو للعمل الجماعي لدعم القضية الفلسطينية", item["title"])
    shell = re.sub(r"<link rel=\"canonical\"[^>]*>", "", shell)
    return shell.replace('lang="ar"', f'lang="{lang}"')


def more(site, rows):
    """The sources without a selector; watches for the Organisation, for what only full texts say, and for what no item says."""
    foreign = sorted({phrase for row in rows["articles"].values() for phrase in row["body_must_not_contain"]})
    deep = [phrase for row in rows["articles"].values() for phrase in row["body_must_contain"]] + [word for _, word in ONLY_THERE.values()]
    text = ""
    for watch, words in {"oic": ["@oic"], "deep": deep, "foreign": foreign}.items():
        text += f'\n[[watch]]\nid = "{watch}"\nany = {json.dumps(words, ensure_ascii=False)}\nalert = ["desk"]\n'
    kinds = {name: ("page", row["lang"]) for name, row in rows["listings"].items()}
    kinds |= {name: ("bulletin", row["lang"]) for name, row in rows["digests"].items()} | {"headlines": ("feed", "ar")}
    for name, (kind, lang) in kinds.items():
        text += f"""
[[source]]
id = "{name}"
{kind} = "http://127.0.0.1:{site.port}/{name}"
every = "6h"
first_visit = "all"
timezone = "{ZONES[lang]}"
allow_networks = ["127.0.0.0/8"]
"""
    return text + LEXICON.read_text()


def stored(folder):
    """The items as they are stored; listings of the command line leave texts out."""
    store = sqlite3.connect(f"file:{folder / 'state/marsad.db'}?mode=ro", uri=True)
    with store:
        return [{**json.loads(said), "revision": revision} for said, revision in store.execute("select content, revision from item")]


def right(items, rows):
    """Every labelled item is there with text, day and language, and no other."""
    problems, by_path, by_title = [], {path(item["address"]): item for item in items}, {item["title"]: item for item in items}
    expected = {}
    for row in rows["listings"].values():
        for label in row["items"]:
            expected[path(label["link"])] = {**label, "lang": row["lang"], "day": day(label["date"]), "must": [ONLY_THERE[row["lang"]][0]], "not": foreign(rows)}
    for row in rows["articles"].values():
        day_of = datetime.date.fromisoformat(row["date"])
        expected[path(row["url"])] = {**row, "day": day_of, "must": row["body_must_contain"], "not": row["body_must_not_contain"]}
    for place, label in expected.items():
        problems += differences(by_path.get(place), label)
    for row in rows["digests"].values():
        for label in row["items"]:
            label = {**label, "lang": row["lang"], "day": datetime.date.fromisoformat(label["date"]), "must": label["body_must_contain"], "not": []}
            problems += differences(by_title.get(label["title"]), label)
    count = len(expected) + sum(len(row["items"]) for row in rows["digests"].values())
    if len(items) != count:
        problems.append(f"{len(items)} items are stored, {count} are labelled")
    return problems


def foreign(rows):
    return rows["articles"]["seed_003_aggregator"]["body_must_not_contain"]


def differences(item, label):
    title = label["title"]
    if item is None:
        return [f"not stored: {title}"]
    found = []
    if item["text_state"] != "full":
        found.append(f"its text is {item['text_state']}")
    if " ".join(item["title"].split()) != " ".join(title.split()):
        found.append(f"its title is {item['title']}")
    found += [f"its text lacks: {phrase}" for phrase in label["must"] if phrase not in item["text"]]
    found += [f"its text holds: {phrase}" for phrase in label["not"] if phrase in item["text"]]
    if item["lang"] != label["lang"]:
        found.append(f"its language is {item['lang']}")
    if claimed(item, label["lang"]) != label["day"]:
        found.append(f"its day is {claimed(item, label['lang'])}, not {label['day']}")
    if item["revision"] != 1:
        found.append(f"it has {item['revision']} revisions")
    return [f"{title}: {difference}" for difference in found]


def claimed(item, lang):
    """The day that the item claims, where it was published."""
    if not item["published"]:
        return None
    (at,) = item["published"]["at"].values() if isinstance(item["published"]["at"], dict) else [item["published"]["at"]]
    if "T" not in at:
        return datetime.date.fromisoformat(at)
    return datetime.datetime.fromisoformat(at).astimezone(zoneinfo.ZoneInfo(ZONES[lang])).date()


def day(written):
    """The day of a listing's label, in either calendar that the seeds use."""
    written = written.translate(DIGITS)
    if iranian := re.match(r"1396-09-(\d+)", written):
        return AZAR_1396 + datetime.timedelta(days=int(iranian[1]) - 1)
    number, month, year = re.findall(r"[\w]+", written)
    return datetime.date(int(year), MONTHS[month], int(number))


def told(desk, items):
    """What names the Organisation or says what only full texts say is told, each item once; what stands beside them never."""
    matched = [body["data"] for body in desk.bodies if body["type"] == "item.matched"]
    watches = collections.defaultdict(set)
    for data in matched:
        watches[data["item"]["title"]] |= set(data["watches"])
    problems = [f"signature: {refused}" for refused in desk.refused]
    for item in items:
        if NAMES.search(f"{item['title']} {item['text']}") and "oic" not in watches[item["title"]]:
            problems.append(f"names the Organisation and was not told: {item['title']}")
    if sum("deep" in found for found in watches.values()) < 16:
        problems.append("too little was told of what only full texts say")
    problems += [f"matches what stands beside it: {title}" for title, found in watches.items() if "foreign" in found]
    twice = [name for name, count in collections.Counter(data["item"]["id"] for data in matched).items() if count > 1]
    return problems + [f"told twice: {name}" for name in twice]


def anew(desk, came, site, asked, rows, items):
    """Reading every source once more told nothing and asked for no page again; two sources of one item may both ask at once."""
    problems = [f"{len(desk.letters) - came} more webhooks came the second time"] if len(desk.letters) != came else []
    own = {path(item["address"]) for item in items} - {*rows["digests"]}
    again = [page for page in own if site.asked[page] != asked[page] or not 1 <= asked[page] <= 2]
    return problems + [f"asked for {site.asked[page]} times: {page}" for page in again]


main()
