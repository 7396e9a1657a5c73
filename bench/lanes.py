"""How soon a mail leaves that somebody waits for, while so many others wait in their lane.

A whole installation: PostgreSQL, Redis, site, two workers, scheduler, and a relay that
records. Prints one JSON line, in seconds: from Send to the first mail at the relay, from
Pause to the last, and from signing up on the site to the confirmation at the relay.
"""

import argparse
import json
import os
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import requests

from bench.ground import MAIL_BYTES, database, make_keys, run, start
from bench.site import percentile
from tests.infra.installation import Installation
from tests.infra.processes import wait_until
from tests.infra.redis import redis_server
from tests.sink import Sink

FEW = 10_000
# Public forms take whoever is quicker for a machine.
PERSON_SECONDS = 2
BETWEEN_SECONDS = 0.5
# Nothing more comes of a paused mailing once it was quiet for so long.
QUIET_SECONDS = 5
OPENED = re.compile(r'name="opened" value="([^"]+)"')
LISTS = re.compile(r'name="lists" value="([^"]+)"')


def main() -> None:
    """Run the benchmark the arguments describe."""
    options = arguments()
    with (
        tempfile.TemporaryDirectory(prefix="handbill-bench-") as name,
        database("postgres", Path(name)) as url,
        redis_server() as broker,
        Sink(record=Path(name) / "record") as relay,
    ):
        make_keys()
        folder = Path(name)
        installation = Installation(folder, database=url, broker=broker, sink=relay)
        try:
            result = measure(options, installation, Arrivals(folder / "record"))
        finally:
            installation.close()
    print(json.dumps(result))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=200_000)
    parser.add_argument("--supporters", type=int, default=60)
    return parser.parse_args()


class Arrivals(threading.Thread):
    """When which mail came to the relay."""

    def __init__(self, record: Path) -> None:
        """Reads the relay's record from now on."""
        super().__init__(daemon=True)
        self.confirmations: dict[str, float] = {}
        self.bulk: list[float] = []
        self._record = record
        self.start()

    def run(self) -> None:
        """Look a hundred times a second."""
        with self._record.open(encoding="utf-8") as record:
            while True:
                lines, now = record.readlines(), time.time()
                for line in lines:
                    self._note(line.rpartition(" ")[2].strip(), now)
                time.sleep(0.01)

    def _note(self, address: str, now: float) -> None:
        if address.startswith("supporter"):
            self.confirmations[address] = now
        else:
            self.bulk.append(now)

    def first_after(self, press: Callable[[], float]) -> float:
        """Wait for the first mail of a mailing; how long after ``press`` it came."""
        before = len(self.bulk)
        pressed = press()
        self.wait_for_bulk(before + 1)
        return self.bulk[before] - pressed

    def wait_for_bulk(self, count: int) -> None:
        """Wait until so many mails of mailings came."""
        wait_until(lambda: len(self.bulk) >= count, seconds=300, what=f"{count} mails")

    def last_after(self, moment: float) -> float:
        """Wait until nothing comes any more; how long after ``moment`` the last one came."""
        while time.time() - max(moment, self.bulk[-1]) < QUIET_SECONDS:
            time.sleep(0.1)
        return max(0.0, self.bulk[-1] - moment)


class Hand:
    """Presses buttons in the installation."""

    def __init__(self) -> None:
        """Starts its program, so that a press costs no start."""
        self._program = start("inside.hand")

    def press(self, button: str, mailing: int) -> float:
        """The moment it was pressed."""
        if self._program.stdin is None or self._program.stdout is None:
            raise SystemExit("the hand has no pipes")
        self._program.stdin.write(f"{button} {mailing}\n")
        self._program.stdin.flush()
        found: float = json.loads(self._program.stdout.readline())["moment"]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._program.kill()
        self._program.wait()


def measure(
    options: argparse.Namespace, installation: Installation, arrivals: Arrivals
) -> dict[str, Any]:
    """A small mailing, then a big one with people who sign up meanwhile, and its pause."""
    os.environ.update(installation.environment)
    small = run("inside.seed", FEW, MAIL_BYTES, "approved")["mailing"]
    big = run("inside.seed", options.recipients, MAIL_BYTES, "approved")["mailing"]
    with Hand() as hand:
        to_first_of_few = arrivals.first_after(lambda: hand.press("send", small))
        arrivals.wait_for_bulk(FEW)
        to_first_of_many = arrivals.first_after(lambda: hand.press("send", big))
        seconds = sign_up(installation.site, options.supporters, arrivals)
        to_last = arrivals.last_after(hand.press("pause", big))
    waiting = options.recipients + FEW - len(arrivals.bulk)
    if waiting <= 0:
        raise SystemExit("everything had left before the end: ask for more --recipients")
    return {
        "bench": "send-lanes",
        "recipients": options.recipients,
        "waiting_at_end": waiting,
        f"send_to_first_data_s_of_{FEW}": round(to_first_of_few, 2),
        "send_to_first_data_s": round(to_first_of_many, 2),
        "pause_to_last_data_s": round(to_last, 2),
        "confirmations": len(seconds),
        "confirmation_p50_s": round(statistics.median(seconds), 2),
        "confirmation_p95_s": round(percentile(seconds, 95), 2),
    }


def sign_up(site: str, supporters: int, arrivals: Arrivals) -> list[float]:
    """Seconds from each supporter's click to her confirmation at the relay."""
    page = requests.get(f"{site}/subscribe/", timeout=60).text
    lists = LISTS.findall(page)
    fields = {"opened": OPENED.findall(page), "lists": lists, "language": "en"}
    time.sleep(PERSON_SECONDS)
    clicked: dict[str, float] = {}
    for number in range(supporters):
        address = f"supporter{number}@example.net"
        clicked[address] = time.time()
        answer = requests.post(
            f"{site}/subscribe/",
            data={**fields, "email": address},
            # Everybody on a network of her own, as the proxy in front would say.
            headers={"X-Forwarded-For": f"198.18.{number}.7"},
            allow_redirects=False,
            timeout=60,
        )
        if answer.status_code != requests.codes.found:
            raise SystemExit(f"signing up: {answer.status_code}")
        time.sleep(BETWEEN_SECONDS)
    wait_until(lambda: len(arrivals.confirmations) == supporters, seconds=120, what="the mails")
    return [arrivals.confirmations[address] - moment for address, moment in clicked.items()]


if __name__ == "__main__":
    main()
