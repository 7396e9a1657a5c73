"""The production form: PostgreSQL, Redis, an SMTP relay, web, two workers and a scheduler."""

import os
import subprocess
import sys
from pathlib import Path

import requests

from tests.infra.databases import ROOT
from tests.infra.processes import Program, wait_until
from tests.infra.redis import free_port
from tests.sink import Sink


class Installation:
    """Everything an operator would start, as processes of their own."""

    def __init__(self, folder: Path, *, database: str, broker: str, sink: Sink) -> None:
        port = free_port()
        self.site = f"http://127.0.0.1:{port}"
        self.sink = sink
        self.folder = folder
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "HANDBILL_VAR": str(folder / "var"),
            "MAIL_URL": f"smtp://127.0.0.1:{sink.port}?tls=none",
            "SITE_URL": self.site,
            "SITE_NAME": "Free Karsh",
            "MAIL_DOMAIN": "karsh.example",
            "POSTAL_ADDRESS": "1 Square, Orrin",
            "TRUSTED_PROXIES": "1",
        }
        self.manage("migrate", "--verbosity", "0")
        self.manage("setup_roles", "--verbosity", "0")
        gunicorn = ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi:application"]
        self._programs = [self._start("web", [*gunicorn, "--bind", f"127.0.0.1:{port}"])]
        self._programs += [self._celery(f"worker{n}", _worker(n)) for n in (1, 2)]
        self._programs.append(
            self._celery("scheduler", ["beat", "--scheduler", "celery.beat:Scheduler"])
        )
        wait_until(self._answers, seconds=40, what="the site")

    def close(self) -> None:
        """Stop everything."""
        for program in self._programs:
            program.kill()

    def manage(self, *words: str) -> str:
        """Run a management command as the operator."""
        return self.python("manage.py", *words)

    def python(self, *words: str) -> str:
        """Run a program on this installation's settings."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def logs(self) -> str:
        """Everything all processes have said."""
        return "\n".join(path.read_text("utf-8", "replace") for path in self.folder.glob("*.log"))

    def _celery(self, name: str, words: list[str]) -> Program:
        return self._start(name, ["celery", "-A", "worker.celery", *words, "--loglevel", "INFO"])

    def _start(self, name: str, words: list[str]) -> Program:
        return Program(
            ["-m", *words], environment=self.environment, log=self.folder / f"{name}.log"
        )

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.site}/healthz", timeout=5).ok
        except requests.RequestException:
            return False


def _worker(number: int) -> list[str]:
    return [
        *("worker", "--pool", "threads", "--concurrency", "4"),
        *("--queues", "now,bulk,imports,default", "--hostname", f"worker{number}@%h"),
    ]
