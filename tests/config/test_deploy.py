"""What deploy/ says must be what the code is: packages, queues, addresses, exit codes."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from config.management.commands import run
from newsletters import tokens
from worker.celery import QUEUES

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
OURS = ("worker", "newsletters", "campaigns", "petitions", "config", "templates")
LATER = 75


def read(name: str) -> str:
    """A file of deploy/, with the lines that YAML folds put together."""
    return (DEPLOY / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", OURS)
def test_the_image_holds_every_package_and_nothing_else(folder: str) -> None:
    assert f"COPY {folder} {folder}\n" in read("Dockerfile")
    assert f"!{folder}\n" in (ROOT / ".dockerignore").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (\w+) \1$", read("Dockerfile"), re.MULTILINE))
    assert copied == set(OURS)


def test_the_image_installs_by_hash_and_runs_as_nobody_special() -> None:
    text = read("Dockerfile")
    assert "--require-hashes" in text
    assert "--no-deps" in text
    assert re.search(r"^USER handbill$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["compose.yaml", "systemd/handbill-worker@.service"])
def test_workers_serve_every_queue_as_in_one_command(name: str) -> None:
    words = read(name).replace("\n", " ").split()
    assert words[words.index("--queues") + 1] == ",".join(QUEUES)
    [worker] = [part for part in run.parts("127.0.0.1", 8000) if part.name == "worker"]
    for option in (word for word in worker.command if word.startswith("--without")):
        assert option in words


@pytest.mark.parametrize("name", ["compose.yaml", "systemd/handbill-scheduler.service"])
def test_the_scheduler_is_celerys_plain_one(name: str) -> None:
    assert "beat --scheduler celery.beat:Scheduler" in read(name)


def token_addresses() -> list[str]:
    """Every public address with a token in it, with a token put in."""
    found = []

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for entry in patterns:
            here = f"{before}{entry.pattern}"
            if isinstance(entry, URLResolver):
                walk(entry.url_patterns, here)
            elif "token" in entry.pattern.converters:
                found.append("/" + here.replace("<str:token>", "A" * 48))

    walk(get_resolver().url_patterns, "")
    return found


def test_nginx_never_logs_the_token_of_a_link() -> None:
    rules = re.findall(r'^\s+"~(\S+)"\s+0;$', read("nginx.conf"), re.MULTILINE)
    addresses = token_addresses()
    assert len(addresses) >= 7
    logged = [path for path in addresses if not any(re.search(rule, path) for rule in rules)]
    assert logged == []


def test_nginx_logs_no_visitor() -> None:
    [line] = re.findall(r"^log_format .*$", read("nginx.conf"), re.MULTILINE)
    for variable in ("remote_addr", "request_uri", "$request ", "args", "referer", "user_agent"):
        assert variable not in line
    logs = re.findall(r"^\s*(?:access|error)_log .*$", read("nginx.conf"), re.MULTILINE)
    assert [line.strip() for line in logs if "handbill.log" in line] == [
        "access_log /var/log/nginx/handbill.log handbill if=$handbill_logged;"
    ]
    assert all("off" in line or "/dev/null" in line for line in logs if "handbill.log" not in line)


def test_the_example_of_settings_is_complete_but_for_the_two_keys() -> None:
    read_env = "from config.env import read_env; print(read_env().model_dump_json())"
    words = [str(ROOT / ".venv/bin/python"), "-c", read_env]
    keys = f"SECRET_KEY={'k' * 40} ADDRESS_KEY={'k' * 40}"
    command = f"set -a; . ./.env.example; {keys}; exec {shlex.join(words)}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"site_name":"Our campaign"' in done.stdout


def environment_file(folder: Path, *, database: str) -> Path:
    """Settings as an operator writes them, keys and all."""
    path = folder / "env"
    values = {
        "SECRET_KEY": settings.SECRET_KEY,
        "ADDRESS_KEY": settings.ADDRESS_KEY,
        "SITE_NAME": "Our campaign",
        "HANDBILL_VAR": str(folder),
        "DATABASE_URL": database,
    }
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def receive(settings_file: Path) -> int:
    """What the mail server hears from its pipe after a leave mail with a true token."""
    token = tokens.seal_local(tokens.LEAVE_BY_MAIL, 1)
    return subprocess.run(
        [str(DEPLOY / "receive-mail"), f"leave+{token}@example.org"],
        input=b"Subject: leave\r\n\r\n",
        env={"PATH": os.environ["PATH"], "HANDBILL_ENV": str(settings_file)},
        capture_output=True,
        check=False,
    ).returncode


def test_a_mail_that_cannot_be_taken_now_stays_with_the_mail_server(tmp_path: Path) -> None:
    assert receive(tmp_path / "nobody") == LATER
    away = "postgres://nobody@127.0.0.1:1/handbill"
    assert receive(environment_file(tmp_path, database=away)) == LATER


def test_a_leave_mail_of_a_mail_nobody_remembers_is_taken_in_peace(tmp_path: Path) -> None:
    path = environment_file(tmp_path, database="")
    migrate = [str(ROOT / ".venv/bin/python"), "manage.py", "migrate", "--verbosity", "0"]
    command = f"set -a; . {shlex.quote(str(path))}; exec {shlex.join(migrate)}"
    subprocess.run(["sh", "-c", command], cwd=ROOT, env={"PATH": os.environ["PATH"]}, check=True)
    assert receive(path) == 0
