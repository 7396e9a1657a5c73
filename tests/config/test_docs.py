"""What the documents name must exist: targets, commands, variables, files, links, recipes."""

import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest
from django.core.management import get_commands

from config.env import Env
from newsletters.sending.esp import PROVIDERS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
# Read by others than Handbill itself: gunicorn, compose, deploy/receive-mail, a test.
ELSEWHERE = {
    "WEB_CONCURRENCY",
    "POSTGRES_PASSWORD",
    "POSTGRES_BUFFERS",
    "POSTGRES_LOG",
    "HANDBILL_ENV",
    "HYPOTHESIS",
}
# Names in capitals that stand in back quotes and are something else.
NOT_VARIABLES = {"COLUMNS", "PROFILE", "WORDS", "WARNINGS", "MAILS", "QUEUE_OF", "INFO"}
NOT_VARIABLES |= {"NAME_FILE", "ARGS", "LEFT", "COUNT_PETITION", "TABLE"}
FOLDERS = {"worker", "newsletters", "campaigns", "petitions", "config", "templates", "tests"}
FOLDERS |= {"bench", "deploy", "docs", "scripts", "requirements"}
# Files a reader makes in the recipes of developer.md.
TO_MAKE = {"templates/newsletters/mail/left.txt", "templates/newsletters/mail/left.html"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@lru_cache(maxsize=32)
def text_of(page: Path) -> str:
    """A page as it stands."""
    return page.read_text(encoding="utf-8")


def quoted(page: Path) -> list[str]:
    """Everything in back quotes on one line, and every line of a fenced block."""
    blocks = re.findall(r"^\s*```\w*\n(.*?)^\s*```", text_of(page), re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^\s*```.*?^\s*```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return [*re.findall(r"`([^`\n]+)`", rest), *"\n".join(blocks).splitlines()]


def targets() -> set[str]:
    """Targets of the Makefile that explain themselves."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))


def test_there_are_pages_for_everybody() -> None:
    names = {page.name for page in PAGES}
    for reader in ("organiser", "admin", "operator", "developer", "sending", "data"):
        assert f"{reader}.md" in names


@every_page
def test_every_make_target_named_exists(page: Path) -> None:
    named = {
        word for line in quoted(page) for word in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", line)
    }
    assert named <= targets()


@every_page
def test_every_management_command_named_exists(page: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", text_of(page)))
    assert named <= set(get_commands())


@every_page
def test_every_variable_named_exists(page: Path) -> None:
    named = {
        word
        for text in quoted(page)
        for word in re.findall(r"(?:^|export |\s)([A-Z][A-Z_]{3,})(?:=|$)", text)
    }
    known = {name.upper() for name in Env.model_fields} | ELSEWHERE | NOT_VARIABLES
    # Django's own settings, and the keys a provider has inside ANYMAIL.
    others = ("NEWSLETTERS_", *(f"{name.upper()}_" for name in PROVIDERS))
    assert {name for name in named if not name.startswith(others)} <= known


def test_every_setting_is_explained_to_the_operator_with_its_type_and_default() -> None:
    operator = text_of(ROOT / "docs" / "operator.md")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", operator, re.MULTILINE))
    assert set(rows) == {name.upper() for name in Env.model_fields}
    assert all(len(row.split(" | ")) == 3 for row in rows.values())


def test_every_setting_stands_in_the_example() -> None:
    example = text_of(ROOT / ".env.example")
    named = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert named - {"POSTGRES_PASSWORD"} == {name.upper() for name in Env.model_fields}


@every_page
def test_every_file_named_exists(page: Path) -> None:
    named = {
        word.rstrip("/")
        for text in quoted(page)
        for word in re.findall(r"(?<![\w./-])((?:[\w.-]+/)+[\w.@-]*)", text)
        if word.partition("/")[0] in FOLDERS
    }
    assert {name for name in named - TO_MAKE if not (ROOT / name).exists()} == set()


@every_page
def test_every_test_named_exists(page: Path) -> None:
    named = [
        word.split("::") for text in quoted(page) for word in text.split() if "::test_" in word
    ]
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), f"{file}::{name}"


@every_page
def test_every_link_leads_to_a_file_of_the_repository(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", text_of(page))
    near = [link for link in links if not link.startswith("https://")]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for link in near:
        target = (page.parent / link).resolve()
        assert target.exists(), link
        inside = target.relative_to(ROOT).as_posix()
        assert any(name == inside or name.startswith(f"{inside}/") for name in listed), link


@every_page
def test_no_page_names_somebodys_own_machine(page: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:root|home|work|tmp)/\S*", text_of(page)) == []


def test_every_check_is_explained_to_the_operator() -> None:
    source = (ROOT / "config" / "checks.py").read_text(encoding="utf-8")
    operator = text_of(ROOT / "docs" / "operator.md")
    for name in re.findall(r'id="handbill\.([EW]\d{3})"', source):
        assert name in operator


def test_the_licence_is_the_one_the_package_names() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.split()[:5] == ["GNU", "AFFERO", "GENERAL", "PUBLIC", "LICENSE"]
    assert "END OF TERMS AND CONDITIONS" in licence
    assert "AGPL-3.0-or-later" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "AGPL-3.0-or-later" in text_of(ROOT / "README.md")
