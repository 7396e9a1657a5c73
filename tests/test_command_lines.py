"""Mistyped commands, real processes: a sentence, a status other than 0, nothing changed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Article, Category, Redirect
from newsletters.services import incoming
from tests.infra.databases import ROOT, Databases
from tests.payloads import naughty

HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel>'


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    said: str


def installation(folder: Path, database: str = "") -> dict[str, str]:
    """The environment of an installation of its own."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HANDBILL_VAR": str(folder),
        "DATABASE_URL": database,
        "SITE_URL": "http://127.0.0.1:8000",
    }


def command(environment: dict[str, str], *words: str, given: bytes = b"") -> Ended:
    """``manage.py *words`` to its end."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """(name, content) of files that are no export."""
    contents = {
        "empty.xml": b"",
        "binary.xml": bytes(range(256)) * 400,
        "zip.xml": b"PK\x03\x04" + b"\x00" * 4000,
        "line.xml": HEAD + b"a" * 8_000_000,
        "latin.xml": HEAD + b"\xff\xfe\xe9</channel></rss>",
        "cut.xml": HEAD + b"<item><title>On",
        "html.xml": b"<!doctype html><title>Login</title>",
        "nested.xml": b"<rss>" * 100_000,
        "attributes.xml": b"<rss " + b" ".join(b'a%d="x"' % n for n in range(50_000)) + b"/>",
    }
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content)
        yield name, str(path)


def test_a_file_that_is_no_export_is_refused_with_a_sentence(db: None, tmp_path: Path) -> None:
    wrong = {
        **dict(files(tmp_path)),
        "directory": str(tmp_path),
        "missing": str(tmp_path / "no.xml"),
        "no name": "",
        "too long a name": "a" * 5000,
    }
    for name, path in wrong.items():
        with pytest.raises(CommandError) as refused:
            call_command("import_wordpress", path)
        said = str(refused.value)
        assert said.endswith("Nothing was imported."), f"{name}: {said}"
        assert len(said) < 300, name
    assert Article.objects.count() == Category.objects.count() == Redirect.objects.count() == 0


MISTYPED = [
    ("run", "--port", "65536"),
    ("run", "--port", "9" * 5000),
    ("run", "--host", "no such machine.invalid"),
    ("run", "--host", "a" * 300),
    ("demo", "--port", "-1"),
    ("demo", "--port", "\u0660"),
    ("import_wordpress",),
    ("dkim_key", "https://example.org"),
    ("dkim_key", "example.org", "--algorithm", "dsa"),
    ("dkim_key", "example.org", "--selector", "../../x"),
    ("dkim_verify", "nonsense"),
]


def test_a_mistyped_command_says_what_is_wrong_and_makes_no_table(tmp_path: Path) -> None:
    environment = installation(tmp_path / "var")
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda words: command(environment, *words), MISTYPED))
    for words, ended in zip(MISTYPED, ends, strict=True):
        assert ended.status != 0, words
        assert "Traceback" not in ended.said, ended.said
        assert "rror: " in ended.said, words
    assert not list((tmp_path / "var").glob("*.sqlite3"))


RUBBISH = [
    b"",
    b"\x00" * 1000,
    bytes(range(256)) * 1000,
    b"\n" * 100_000,
    b":" * 100_000,
    b"To: " + b"a" * 1_000_000,
    b"To: leave+" + b"a" * 32 + b"@testserver\n\n",
    b"To: leave+" + b"a" * 32 + b"@testserver\n" * 2000,
    b"To: =?utf-8?q?=FF=FE?= <leave+aaaa@x>\n\n",
    b"To: =?nonsense?b?!!!?= <a@b>\n\n",
    b"To: \xff\xfe\n\n",
    b"Content-Type: multipart/report; boundary=" + b"x" * 100_000 + b"\n\n--x\n",
    b"Received: from x\n" * 20_000,
    b"From x\r\rTo: a\r\r",
    b"To: " + b"(" * 100_000 + b"\n\n",
    b"To: " + b'"' * 99_999 + b"\n\n",
]


@pytest.mark.django_db
@pytest.mark.parametrize("message", RUBBISH, ids=lambda message: repr(message[:30]))
def test_mail_that_is_none_of_ours_is_left_alone(message: bytes) -> None:
    assert incoming.receive(message) is False


@pytest.mark.django_db
def test_no_recipient_the_mail_server_names_is_an_error_of_ours() -> None:
    for value in naughty.EVERYTHING:
        for recipient in (value, f"leave+{value}@testserver"):
            assert incoming.receive(b"To: a@example.org\n\n", recipient=recipient) is False


def test_a_mail_servers_pipe_ends_well_whatever_comes_through_it(
    databases: Databases, tmp_path: Path
) -> None:
    environment = installation(tmp_path / "var", databases.fresh())
    for message in (RUBBISH[2], b"a" * 20_000_000):
        ended = command(environment, "receive_mail", given=message)
        assert (ended.status, ended.said) == (0, "")
