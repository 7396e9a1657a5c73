"""Lint, types, migrations, deployment check, then every test on SQLite and on PostgreSQL."""

import argparse
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from urllib.parse import urlsplit, urlunsplit

from scripts.suite.stages import BIN, ROOT, Outcome, check, tests
from scripts.suite.tools import Tool, missing_tools

WORKERS = "2"
# What says nothing about the database runs once, on SQLite.
ENGINE_FREE = "browser or once"
PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(48),
    "ADDRESS_KEY": secrets.token_urlsafe(48),
    "SITE_URL": "https://handbill.example",
    "POSTAL_ADDRESS": "Handbill, Lantern Yard 7, 1011 Anywhere",
    "DATABASE_URL": "postgres://handbill@localhost/handbill",
    "REDIS_URL": "redis://localhost:6379/0",
    "MAIL_URL": "smtp://handbill:secret@relay.example:587?tls=starttls",
    "DEBUG": "false",
}


def main() -> int:
    """Run what was asked for; returns the exit status."""
    options, rest = _options()
    chosen = bool(options.engine or options.marks or rest)
    outcomes: list[Outcome] = []
    missing: list[Tool] = []
    if not chosen:
        outcomes += _checks()
    if not options.only_checks:
        missing = missing_tools()
        engines = [options.engine] if options.engine else ["sqlite", "postgres"]
        with _postgres() if "postgres" in engines else nullcontext("") as postgres_url:
            for engine in engines:
                arguments = [*_selection(engine, options.marks, missing), *rest]
                outcomes.append(_tests_on(engine, postgres_url, arguments, may_be_none=chosen))
    return _report(outcomes, missing)


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="scripts/test", description=__doc__, epilog="Everything else goes to pytest."
    )
    parser.add_argument("--engine", choices=["sqlite", "postgres"], help="tests on one engine only")
    parser.add_argument("--only-checks", action="store_true", help="no tests")
    parser.add_argument("-m", dest="marks", default="", help="pytest's -m")
    return parser.parse_known_args()


def _checks() -> Iterator[Outcome]:
    manage = [sys.executable, "-W", "error", "manage.py"]
    yield check("ruff check", [str(BIN / "ruff"), "check", "."])
    yield check("ruff format", [str(BIN / "ruff"), "format", "--check", "."])
    yield check("templates", [str(BIN / "djhtml"), "--check", "--tabwidth", "2", "templates"])
    yield check("mypy", [str(BIN / "mypy")])
    yield check(
        "migrations",
        [*manage, "makemigrations", "--check", "--dry-run"],
        {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    with tempfile.TemporaryDirectory(prefix="handbill-deploy-") as directory:
        command = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
        yield check("deployment", command, {**PRODUCTION, "HANDBILL_VAR": directory})


@contextmanager
def _postgres() -> Iterator[str]:
    """One PostgreSQL for the whole run, gone with it; each test process makes its own databases."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.infra.postgres"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()


def _selection(engine: str, marks: str, missing: list[Tool]) -> list[str]:
    wanted = [f"({marks})"] if marks else []
    wanted += [f"not {tool.marker}" for tool in missing]
    wanted += [f"not ({ENGINE_FREE})"] if engine == "postgres" else []
    # A worker that has run out takes over tests another one was given: some last a minute.
    spread = ["-n", WORKERS, "--dist", "worksteal"]
    return [*spread, *(["-m", " and ".join(wanted)] if wanted else [])]


def _tests_on(
    engine: str, postgres_url: str, arguments: list[str], *, may_be_none: bool
) -> Outcome:
    name = f"tests on {engine}"
    if engine == "postgres" and not postgres_url:
        print("PostgreSQL did not start; its own words are above.", flush=True)
        return Outcome(name, 0, failed=1)
    environment = {"HANDBILL_TEST_POSTGRES": postgres_url, "DATABASE_URL": ""}
    if engine == "postgres":
        environment["DATABASE_URL"] = urlunsplit(urlsplit(postgres_url)._replace(path="/handbill"))
    return tests(name, arguments, environment, may_be_none=may_be_none)


def _report(outcomes: list[Outcome], missing: list[Tool]) -> int:
    print("\n── summary " + "─" * 69)
    for outcome in outcomes:
        print(outcome.line())
    for tool in missing:
        print(f"NOT RUN: every test marked {tool.marker!r}, because {tool.programs[0]} is missing.")
        print(f"         To run them: apt-get install {tool.package}")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
