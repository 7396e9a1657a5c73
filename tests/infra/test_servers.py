import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from django.contrib.auth.models import User
from django.db import connection

from tests.infra.processes import Program, wait_until
from tests.infra.redis import redis_server


@pytest.mark.once
@pytest.mark.redis
def test_redis_is_real_and_empty():
    with redis_server() as url, redis.Redis.from_url(url) as client:
        assert client.info("server")["redis_version"]
        assert client.dbsize() == 0


@pytest.mark.once
def test_postgres_is_real(postgres_url):
    with psycopg.connect(postgres_url) as client:
        assert client.info.server_version >= 150000


def tables(url):
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path[1:])) as client:
            return {name for (name,) in client.execute("SELECT name FROM sqlite_master")}
    with psycopg.connect(url) as client:
        return {name for (name,) in client.execute("SELECT tablename FROM pg_tables")}


def test_a_fresh_database_is_migrated_and_ones_own(databases):
    first, second = databases.fresh(), databases.fresh()
    assert first != second
    assert {"auth_user", "django_migrations"} <= tables(first) == tables(second)
    assert urlsplit(first).scheme.removesuffix("ql").startswith(connection.vendor[:6])


@pytest.mark.django_db
def test_a_fresh_database_is_not_the_tests_own(databases):
    User.objects.create_user("organiser")
    assert "auth_user" in tables(databases.fresh())
    assert User.objects.count() == 1


def test_a_program_runs_on_its_own_database_and_can_be_killed(databases, tmp_path):
    environment = {"DATABASE_URL": databases.fresh(), "HANDBILL_VAR": str(tmp_path / "var")}
    code = (
        "import django, time; django.setup();"
        "from django.contrib.auth.models import User;"
        "print('users:', User.objects.count(), flush=True); time.sleep(60)"
    )
    with Program(["-c", code], environment=environment, log=tmp_path / "log") as program:
        wait_until(lambda: "users: 0" in program.output(), seconds=20, what="the program's answer")
        program.kill()
        assert program.process.returncode == -9
