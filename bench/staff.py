"""Staff at a million people: how long the pages of people take, by HTTP, from the site itself.

Prints one JSON line. Every page is opened with different questions, one reader at a time.
"""

import argparse
import json
import statistics
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from bench.ground import database, run, settle
from bench.site import percentile, site

NO_RELAY = 9
PROMISED_MS = 300


def main() -> None:
    """Run the benchmark the arguments describe."""
    options = arguments()
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as folder,
        database("postgres", Path(folder)) as url,
    ):
        settle(url, Path(folder), relay=NO_RELAY)
        started = time.monotonic()
        known = run("inside.crowd", options.people)
        seeded = time.monotonic() - started
        with site() as address:
            pages = measure(address, questions(known), options.times)
    worst = max(times["p95_ms"] for times in pages.values())
    print(
        json.dumps(
            {
                "bench": "staff",
                "people": options.people,
                "seed_s": round(seeded),
                "pages": pages,
                "worst_p95_ms": worst,
                "promised_ms": PROMISED_MS,
                "kept": worst < PROMISED_MS,
            }
        )
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40, help="how often each page is opened")
    return parser.parse_args()


def questions(known: dict[str, Any]) -> dict[str, list[str]]:
    """Page → the addresses it is opened under, by turns."""
    largest = known["largest_id"]

    def asked(**parts: Any) -> str:
        return f"/staff/people/?{urlencode(parts)}"

    return {
        "everybody": ["/staff/people/"],
        "deep": [asked(before=largest * part // 10) for part in range(1, 10)],
        "address": [asked(q=address) for address in known["addresses"]],
        "address_beginning": [asked(q=address[:3]) for address in known["addresses"]],
        "one_letter": [asked(q=letter) for letter in "amzж"],
        "other_address": [asked(q=address) for address in known["others"]],
        "family_name": [asked(q=name) for name in known["names"]],
        "name_beginning": [asked(q=text) for text in ("anna", "ЖАН", "šar", "Zo", "mark")],
        "both_names": [asked(q=text) for text in ("mira tolov", "Lindsen, Dana", "жан жан")],
        "nobody": [asked(q=text) for text in ("qqqq", "Wolfeschlegel", "x@nowhere.example")],
        "phone": [asked(q=phone) for phone in known["phones"]],
        "postcode": [asked(q=f"{code:05}") for code in (31, 62, 89_900)],
        "tag": [asked(tag=f"tag {number}") for number in (0, 5, 20, 49)],
        "list": [asked(list=pk) for pk in known["lists"]],
        "list_and_name": [asked(list=pk, q="mira") for pk in known["lists"]],
        "small_list_and_tag": [asked(list=known["lists"][-1], tag="tag 30")],
        "segment": [asked(segment=known["segment"])],
        "no_list": [asked(state="no_list")],
        "suppressed": [asked(state="suppressed")],
        "suppressed_on_list": [asked(state="suppressed", list=pk) for pk in known["lists"]],
        "bounced": [asked(state="bounced")],
        "person": [f"/staff/people/{pk}/" for pk in known["ids"]],
    }


def measure(address: str, pages: dict[str, list[str]], times: int) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of each page, the first opening of each address included."""
    session = requests.Session()
    session.cookies.set(**run("inside.session"))
    found: dict[str, dict[str, float]] = {}
    for name, urls in pages.items():
        taken = []
        for url, _turn in zip(cycle(urls), range(times), strict=False):
            started = time.monotonic()
            answer = session.get(address + url, timeout=60, allow_redirects=False)
            if answer.status_code != requests.codes.ok:
                raise SystemExit(f"{url}: {answer.status_code}")
            taken.append((time.monotonic() - started) * 1000)
        found[name] = {
            "p50_ms": round(statistics.median(taken)),
            "p95_ms": round(percentile(taken, 95)),
            "first_ms": round(taken[0]),
        }
    return found


if __name__ == "__main__":
    main()
