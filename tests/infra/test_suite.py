"""The runner itself, run as a person would run it."""

import os
import subprocess
import sys

import pytest

from scripts.suite import tools
from tests.infra.databases import ROOT

pytestmark = pytest.mark.once


def suite(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "scripts.suite", "--engine", "sqlite", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_tool_takes_its_tests_out_and_is_named_at_the_end(tmp_path):
    run = suite("tests/infra/test_servers.py", "-k", "redis", PATH=str(tmp_path))
    assert run.returncode == 0
    *_, named, how, last = run.stdout.splitlines()
    assert "NOT RUN: every test marked 'redis', because redis-server is missing." in run.stdout
    assert "apt-get install redis-server" in run.stdout
    assert "NOT RUN" in named
    assert "apt-get install" in how
    assert last == "0 passed, 0 failed"


APT_GET = """#!/bin/sh
echo "apt-get $* frontend=$DEBIAN_FRONTEND"
[ "$1" = update ] || for name in redis-server chromium smtp-sink; do
    printf '#!/bin/sh\\n' >{folder}/$name
    /bin/chmod +x {folder}/$name
done
"""


def test_where_it_may_it_installs_what_is_missing(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "apt-get").write_text(APT_GET.format(folder=folder))
    (folder / "apt-get").chmod(0o755)
    (tmp_path / "test_one.py").write_text("def test_a(): pass\n")
    run = suite(str(tmp_path / "test_one.py"), PATH=str(folder))
    assert run.stdout.splitlines()[-1] == "1 passed, 0 failed"
    if os.geteuid() == 0:
        wanted = "apt-get install -y -qq --no-install-recommends redis-server chromium"
        assert wanted in run.stdout
        assert "frontend=noninteractive" in run.stdout
        assert "NOT RUN" not in run.stdout
    else:
        assert "NOT RUN: every test marked 'browser'" in run.stdout


def test_services_stay_off_while_debian_installs(tmp_path, monkeypatch):
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(tools, "POLICY", policy)
    with tools.services_stay_off():
        assert subprocess.run([policy], check=False).returncode == 101
    assert not policy.exists()


def test_a_policy_that_is_there_stays(tmp_path, monkeypatch):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs")
    monkeypatch.setattr(tools, "POLICY", policy)
    with tools.services_stay_off():
        assert policy.read_text() == "theirs"
    assert policy.read_text() == "theirs"


def test_a_failed_test_fails_the_run_and_is_counted(tmp_path):
    (tmp_path / "test_two.py").write_text("def test_a(): assert 0\n\ndef test_b(): pass\n")
    run = suite(str(tmp_path / "test_two.py"))
    assert run.returncode == 1
    assert run.stdout.splitlines()[-1] == "1 passed, 1 failed"
