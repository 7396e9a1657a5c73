"""How long it takes to count a segment: a million people, thirty mailings to each of them,
opens and clicks of these, and two events.

Prints one JSON line. PostgreSQL alone, set up as docs/operator.md says.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from bench.ground import database, run, settle

NOBODY = 1


def main() -> None:
    """Fill a database and ask it."""
    options = arguments()
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as folder,
        database("postgres", Path(folder)) as url,
    ):
        settle(url, Path(folder), relay=NOBODY)
        # Otherwise nobody may ask who opened something.
        os.environ["TRACKING"] = "true"
        seeded = run("inside.readers", options.contacts, options.mailings)
        asked = run("inside.counting", options.rounds)
    result = {"bench": "segments", "engine": "postgres", "contacts": options.contacts}
    print(json.dumps({**result, **seeded, **asked}))


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--mailings", type=int, default=30, help="to everybody, a week apart")
    parser.add_argument("--rounds", type=int, default=5, help="how often each rule is counted")
    return parser.parse_args()


if __name__ == "__main__":
    main()
