"""The reference of an import: the same file loaded as it is and upserted, nothing more.

``python -m bench.inside.upsert SHEET ROWS`` prints the seconds.
"""

import csv
import json
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

RAW = (
    *("email", "given_name", "family_name", "language", "country", "postcode", "phone", "tags"),
    *("city", "born", "member", "remarks"),
)
NAMES = ", ".join(RAW)
MAKE = f"CREATE TABLE raw ({', '.join(f'{name} text' for name in RAW)})"
LOAD = f"INSERT INTO raw ({NAMES}) VALUES ({', '.join(['%s'] * len(RAW))})"
COPY = f"COPY raw ({NAMES}) FROM STDIN WITH (FORMAT csv, HEADER)"
UPSERT = """
INSERT INTO newsletters_contact (
    email, email_typed, address_key, person_key, given_name, family_name, language, time_zone,
    country, postcode, phone, attributes, state, digest_frequency, created_at, updated_at
)
SELECT lower(email), max(email), {key}, {other_key}, max(given_name), max(family_name),
       substr(max(language), 1, 2), '', upper(substr(max(country), 1, 2)), max(postcode),
       max(phone), {attributes}, 'reachable', 'weekly', %(now)s, %(now)s
FROM raw WHERE email LIKE '%%_@_%%' GROUP BY lower(email)
ON CONFLICT (email) DO UPDATE SET
    given_name = excluded.given_name, family_name = excluded.family_name,
    language = excluded.language, country = excluded.country, postcode = excluded.postcode,
    phone = excluded.phone, attributes = excluded.attributes, updated_at = excluded.updated_at
"""
PIECES = {
    "postgresql": {
        "key": "md5(lower(email))",
        "other_key": "md5('p' || lower(email))",
        "attributes": "jsonb_build_object("
        "'city', max(city), 'born', max(born), 'member', max(member))",
    },
    "sqlite": {
        "key": "lower(hex(randomblob(16)))",
        "other_key": "lower(hex(randomblob(16)))",
        "attributes": "json_object('city', max(city), 'born', max(born), 'member', max(member))",
    },
}


def main(path: Path) -> None:
    """Load and upsert."""
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAKE)
        _load(cursor, path)
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        cursor.execute(UPSERT.format(**PIECES[connection.vendor]), {"now": now})
        rows = cursor.rowcount
    print(json.dumps({"seconds": time.monotonic() - started, "rows": rows}))


def _load(cursor: Any, path: Path) -> None:
    if connection.vendor == "postgresql":
        with cursor.copy(COPY) as copy, path.open("rb") as file:
            while block := file.read(1 << 20):
                copy.write(block)
        return
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        while some := list(islice(rows, 10_000)):
            cursor.executemany(LOAD, some)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
