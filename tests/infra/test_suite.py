"""The runner itself, run as a person would run it."""

import os
import subprocess
import sys

import pytest

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


def test_a_failed_test_fails_the_run_and_is_counted(tmp_path):
    (tmp_path / "test_two.py").write_text("def test_a(): assert 0\n\ndef test_b(): pass\n")
    run = suite(str(tmp_path / "test_two.py"))
    assert run.returncode == 1
    assert run.stdout.splitlines()[-1] == "1 passed, 1 failed"
