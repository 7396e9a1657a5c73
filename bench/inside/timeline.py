"""What the rows of a mailing tell afterwards: ``python -m bench.inside.timeline MAILING RANK…``.

For every rank the moment by which so many mails were accepted, and the size of the ledger.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

from django.db import connection

from newsletters.models import Delivery
from newsletters.states import DeliveryState


def main(mailing: int, ranks: list[int]) -> None:
    """Read and say."""
    accepted = Delivery.objects.filter(mailing=mailing, state=DeliveryState.ACCEPTED)
    moments = accepted.order_by("accepted_at").values_list("accepted_at", flat=True)
    print(
        json.dumps(
            {
                "accepted": accepted.count(),
                "moments": [_stamp(moments[rank - 1]) for rank in ranks],
                "ledger_bytes": _ledger_bytes(),
                "wal_bytes": _wal_bytes(),
                "database_cpu_s": _database_cpu(),
            }
        )
    )


def _stamp(moment: datetime | None) -> float:
    # An accepted row has a moment.
    return moment.timestamp() if moment else 0.0


def _ledger_bytes() -> int | None:
    """Table and indexes of the ledger. None where the engine does not say."""
    return _ask("SELECT pg_total_relation_size('newsletters_delivery')")


def _wal_bytes() -> int | None:
    """What went through the database's log since it was made. None where the engine has none."""
    return _ask("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")


def _database_cpu() -> float | None:
    """What all processes of the server used since it was started. None where there is no server."""
    if connection.vendor != "postgresql":
        return None
    server = Path(connection.settings_dict["HOST"]) / "postmaster.pid"
    postmaster = server.read_text(encoding="utf-8").split()[0]
    return _ticks(postmaster, ended=True) + sum(
        _ticks(name.parent.name)
        for name in Path("/proc").glob("[0-9]*/stat")
        if _fields(name.parent.name)[1:2] == [postmaster]
    )


def _ticks(pid: str, *, ended: bool = False) -> float:
    """CPU seconds of a process, with ``ended`` also of its children that ended."""
    fields = _fields(pid)
    return sum(map(int, fields[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")


def _fields(pid: str) -> list[str]:
    """What the kernel says of a process, from its state on; nothing once it has ended."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return said.rpartition(")")[2].split()


def _ask(question: str) -> int | None:
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(word) for word in sys.argv[2:]])
