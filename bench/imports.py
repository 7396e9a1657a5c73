"""Speed of an import: dry run and writing of a sheet with 12 columns, beside a raw upsert of it.

Prints one JSON line. Of the rows 3 % are bad, 5 % are there twice and 2 % are suppressed; everybody
else joins a list, with the proof of it. The reference only loads the same file (COPY on
PostgreSQL, executemany on SQLite) and upserts it into the table of people: nothing is
cleaned, proved, or noted for the undo. ``peak_rss_mb`` is that of our largest process.
"""

import argparse
import csv
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from bench.ground import database, run, settle

HEADER = (
    *("Email", "Given name", "Family name", "Language", "Country", "Postcode", "Phone", "Tags"),
    *("City", "Born", "Member", "Remarks"),
)
BAD, DOUBLE, SUPPRESSED = 0.03, 0.05, 0.02
GIVEN = ("Anna", "Béa", "Олег", "Marta", "Ivan", "Zoë", "Jean", "Aigul", "Tom", "Lena")
FAMILY = ("Doe", "Osk", "Veld", "Иванов", "Karsh", "Smith", "Müller", "Orrin")
HOSTS = ("example.org", "example.net", "mail.example", "gmail.com", "post.example")
LANGUAGES = ("de", "en", "ru", "French")
COUNTRIES = ("Germany", "FR", "KZ", "Austria")
# No port is spoken to.
NO_RELAY = 9


def main() -> None:
    """Run the benchmark the arguments describe."""
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="handbill-bench-") as name:
        folder = Path(name)
        sheet = folder / f"people.{options.format}"
        (write_csv if options.format == "csv" else write_xlsx)(sheet, options.rows)
        reference = None
        if options.format == "csv":
            reference = _in_database(options, folder / "reference", "inside.upsert", sheet)
        found = _in_database(options, folder / "import", "inside.importer", sheet)
    print(json.dumps(_result(options, found, reference)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="postgres")
    parser.add_argument("--format", choices=["csv", "xlsx"], default="csv")
    return parser.parse_args()


def people(rows: int) -> Iterator[tuple[str, ...]]:
    """The rows of the sheet. Every fiftieth person is suppressed."""
    # The same sheet each time.
    dice = random.Random(4)
    for at in range(rows):
        luck = dice.random()
        who = dice.randrange(at) if at and luck < DOUBLE else at
        email = f"person.{who}@{HOSTS[who % len(HOSTS)]}"
        if DOUBLE <= luck < DOUBLE + BAD:
            email = f"person {who} at nowhere"
        yield (
            email,
            GIVEN[at % len(GIVEN)] + ("" if at % 3 else f" {GIVEN[at // 3 % len(GIVEN)]}"),
            FAMILY[at % len(FAMILY)],
            LANGUAGES[at % len(LANGUAGES)],
            COUNTRIES[at % len(COUNTRIES)],
            str(10_000 + at % 89_999),
            f"+49 30 {at:07d}",
            "vigil" if at % 10 == 0 else "",
            f"Town {at % 500}",
            f"19{50 + at % 50}-0{1 + at % 9}-1{at % 10}",
            str(at),
            "",
        )


def write_csv(path: Path, rows: int) -> None:
    """The sheet as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(people(rows))


def write_xlsx(path: Path, rows: int) -> None:
    """The sheet as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append(HEADER)
    for row in people(rows):
        sheet.append(row)
    book.save(path)


def _in_database(
    options: argparse.Namespace, folder: Path, program: str, sheet: Path
) -> dict[str, Any]:
    folder.mkdir()
    with database(options.engine, folder) as url:
        settle(url, folder, relay=NO_RELAY)
        return run(program, sheet, options.rows)


def _result(
    options: argparse.Namespace, found: dict[str, Any], reference: dict[str, Any] | None
) -> dict[str, Any]:
    seconds = found["dry_run_s"] + found["apply_s"]
    return {
        "bench": "import",
        "engine": options.engine,
        "format": options.format,
        "rows": options.rows,
        "rows_per_s": round(options.rows / seconds),
        **{name: round(found[name], 1) for name in ("read_s", "dry_run_s", "apply_s")},
        "reference_s": round(reference["seconds"], 1) if reference else None,
        "ratio": round(seconds / reference["seconds"], 2) if reference else None,
        "peak_rss_mb": round(found["peak_rss_mb"]),
        "counts": found["counts"],
    }


if __name__ == "__main__":
    main()
