"""Somebody signs up while nothing can be written: she is told so, and nothing is half done."""

import re
import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.faults.arena import plant
from tests.infra.databases import migrate
from tests.infra.processes import Program, wait_until
from tests.infra.redis import free_port
from tests.infra.visitor import Visitor

# It brings its own database: only a file can be kept from growing for one program.
pytestmark = [pytest.mark.faults, pytest.mark.once]

# Public forms take whoever is quicker for a machine.
READING = 1.7
# Two pages of SQLite's log: less than signing up writes.
FULL = 8192 + 1024
TABLES = ("contact", "subscription", "delivery", "deliverybody")


def rows(file: Path) -> list[int]:
    """How many there are of what signing up writes."""
    with closing(sqlite3.connect(file)) as database:
        return [
            database.execute(f"SELECT count(*) FROM newsletters_{table}").fetchone()[0]
            for table in TABLES
        ]


def let_files_grow_to(limit: int, program: Program) -> None:
    """For the program and the processes it started."""
    pid = program.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in [pid, *map(int, children)]:
        resource.prlimit(one, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def sign_up(visitor: Visitor) -> str:
    """Fill in the form; the page that comes."""
    chosen = re.search(r'name="lists"[^>]*value="(\d+)"', visitor.get("/subscribe/").text)
    assert chosen
    her = {"email": "ada@example.org", "lists": chosen.group(1)}
    return visitor.submit("/subscribe/", her, having="email", after=READING).text


def test_a_sign_up_on_a_full_disk_is_told_to_come_again_and_leaves_nothing_half_done(
    tmp_path: Path,
) -> None:
    file = tmp_path / "small.sqlite3"
    port = free_port()
    environment = {
        "DATABASE_URL": f"sqlite:///{file}",
        "HANDBILL_VAR": str(tmp_path / "var"),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "TRUSTED_PROXIES": "1",
        "REDIS_URL": "",
    }
    migrate(environment["DATABASE_URL"], tmp_path / "var")
    plant(environment["DATABASE_URL"], tmp_path / "var", 1)
    site = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "config.wsgi"]
    with Program(site, environment=environment, log=tmp_path / "site.log") as program:
        visitor = Visitor(environment["SITE_URL"])
        wait_until(lambda: answers(visitor), seconds=30, what="the site")
        before = rows(file)
        let_files_grow_to(FULL, program)
        with pytest.raises(AssertionError, match="503"):
            sign_up(visitor)
        assert rows(file) == before
        let_files_grow_to(resource.RLIM_INFINITY, program)
        sign_up(visitor)
        assert rows(file) == [count + 1 for count in before]


def answers(visitor: Visitor) -> bool:
    """Whether the site is up."""
    try:
        return visitor.get("/healthz").ok
    except requests.ConnectionError:
        return False
