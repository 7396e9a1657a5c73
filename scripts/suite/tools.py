"""The machine's own programs that tests need: found, installed where we may, or named."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Debian keeps postfix's tools where only root's PATH leads.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
POLICY = Path("/usr/sbin/policy-rc.d")
NO_MAIL_SERVER = "postfix postfix/main_mailer_type select No configuration\n"


@dataclass(frozen=True)
class Tool:
    """``marker`` is what pytest calls the tests that need one of ``programs``."""

    marker: str
    programs: tuple[str, ...]
    package: str

    def found(self) -> bool:
        """Is one of the programs there?"""
        return any(shutil.which(program, path=SEARCH_PATH) for program in self.programs)


TOOLS = (
    Tool("redis", ("redis-server",), "redis-server"),
    Tool("browser", ("chromium", "chromium-browser"), "chromium"),
    Tool("postfix", ("smtp-sink",), "postfix"),
)


def missing_tools() -> list[Tool]:
    """Install what is missing where that is possible; returns what is missing still."""
    missing = [tool for tool in TOOLS if not tool.found()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing from Debian:", *(tool.package for tool in missing), flush=True)
        _install([tool.package for tool in missing])
    return [tool for tool in missing if not tool.found()]


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = [
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ]
    with services_stay_off():
        if "postfix" in packages and shutil.which("debconf-set-selections"):
            subprocess.run(["debconf-set-selections"], input=NO_MAIL_SERVER, text=True, check=False)
        for command in commands:
            if subprocess.run(command, env=environment, check=False).returncode != 0:
                print("failed:", " ".join(command), flush=True)


@contextmanager
def services_stay_off() -> Iterator[None]:
    """Debian starts what it installs; a test machine wants the programs, not the services."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
