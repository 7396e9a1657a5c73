"""The house's own rules, read from the source: who may import whom, how long things may be."""

import ast
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from worker.celery import app
from worker.doorbell import QUEUE_OF, Job
from worker.schedule import TICKS

ROOT = Path(__file__).resolve().parents[1]
APPS = ("worker", "newsletters", "campaigns", "petitions", "config")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

# Who may import whom among our packages, bottom first.
MAY_IMPORT = {
    "worker": set(),
    "newsletters": {"worker"},
    "campaigns": {"worker", "newsletters"},
    "petitions": {"worker", "newsletters", "campaigns"},
    "config": {"worker", "newsletters", "campaigns", "petitions"},
}
# What an app offers to the apps above it; everything else is its own affair.
OFFERED = {
    "models",
    "selectors",
    "services",
    "errors",
    "ports",
    "states",
    "addresses",
    "names",
    "sanitise",
    "links_safe",
    "local_times",
    "tokens",
    "mails",
    # Forms of every app share one trap, one question about slips, one way to count a network;
    # pages behind links from mails leave the same traces: none.
    "public.asking",
    "public.client",
    "public.token_page",
    "public.trap",
    "staff.access",
}
# Inside an app a layer imports only layers before it.
LAYERS = (
    {"errors", "states", "addresses", "names", "sanitise", "links_safe", "tokens", "ports"}
    | {"local_times", "deadlines", "facts", "letter_text", "wordpress", "wordpress_text"}
    | {"imports", "exports", "dkim", "custom_fields"},
    {"models"},
    # Columns of tables as import-export declares them: whoever writes a table does it by these.
    {"resources"},
    {"selectors"},
    {"compose", "calendar"},
    {"mails"},
    {"services"},
    {"sending"},
    {"public", "staff", "admin", "conditions", "newsletter_hooks", "management"},
    {"tasks"},
)


@lru_cache(maxsize=1)
def sources() -> dict[Path, ast.Module]:
    """Every Python file of ours but the migrations, parsed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    paths = [Path(name) for name in listed if "/migrations/" not in name]
    return {
        path: ast.parse((ROOT / path).read_text(encoding="utf-8"))
        for path in paths
        if (ROOT / path).is_file()
    }


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module imported anywhere in the file, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_app(app_name: str) -> list[tuple[Path, ast.Module]]:
    """The files of one of our packages."""
    return [(path, tree) for path, tree in sources().items() if path.parts[0] == app_name]


@pytest.mark.parametrize("app_name", APPS)
def test_imports_follow_the_one_direction(app_name: str) -> None:
    allowed = MAY_IMPORT[app_name] | {app_name}
    wrong = [
        f"{path}: {name}"
        for path, tree in of_app(app_name)
        for name in imports(tree)
        if name.split(".")[0] in {*APPS, "tests", "bench"} - allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("app_name", ["campaigns", "petitions"])
def test_an_app_uses_only_what_the_apps_below_offer(app_name: str) -> None:
    below = MAY_IMPORT[app_name] - {"worker"}
    wrong = []
    for path, tree in of_app(app_name):
        for name in imports(tree):
            head, *rest = name.split(".")
            if head in below and rest and not _is_offered(rest):
                wrong.append(f"{path}: {name}")
    assert wrong == []


def _is_offered(rest: list[str]) -> bool:
    return rest[0] in OFFERED or ".".join(rest[:2]) in OFFERED or rest in (["public"], ["staff"])


@pytest.mark.parametrize("app_name", ["newsletters", "campaigns", "petitions"])
def test_a_layer_imports_only_the_layers_before_it(app_name: str) -> None:
    wrong = []
    for path, tree in of_app(app_name):
        own = _layer(path.with_suffix("").parts[1])
        for name in imports(tree):
            head, *rest = name.split(".")
            if head == app_name and rest and own is not None:
                other = _layer(rest[0])
                if other is not None and other > own:
                    wrong.append(f"{path} (layer {own}): {name} (layer {other})")
    assert wrong == []


def _layer(name: str) -> int | None:
    return next((number for number, names in enumerate(LAYERS) if name in names), None)


def test_every_module_of_an_app_has_a_layer() -> None:
    known = set().union(*LAYERS) | {"__init__", "apps", "migrations", "templatetags"}
    unknown = {
        f"{path.parts[0]}.{path.with_suffix('').parts[1]}"
        for app_name in ("newsletters", "campaigns", "petitions")
        for path, _ in of_app(app_name)
        if path.with_suffix("").parts[1] not in known
    }
    assert unknown == set()


def test_no_import_is_hidden_in_a_function() -> None:
    hidden = [
        f"{path}:{node.lineno}"
        for app_name in APPS
        for path, tree in of_app(app_name)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_file_is_too_long() -> None:
    long = {
        str(path): lines
        for path in sources()
        if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{path}:{node.name}": size
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert long == {}


def test_every_job_and_tick_is_a_task_and_every_task_is_rung() -> None:
    ours = {name for name in app.tasks if name.split(".")[0] in APPS}
    rung = {job.value for job in Job} | {tick.task for tick in TICKS}
    assert rung == ours
    assert set(QUEUE_OF) == set(Job)


def test_no_task_waits_in_the_broker_for_a_time() -> None:
    """Due times live in rows (rule 1 of the design): no ETA, no countdown."""
    guilty = [
        f"{path}:{node.lineno}"
        for path, tree in sources().items()
        if path.parts[0] in APPS
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}
    ]
    assert guilty == []


def test_only_the_engine_hands_mail_over() -> None:
    """Every mail is first a delivery (rule 2): nobody else talks to a mail backend."""
    guilty = [
        f"{path}: {name}"
        for app_name in APPS
        for path, tree in of_app(app_name)
        if path.parts[:2] != ("newsletters", "sending")
        for name in imports(tree)
        if name.startswith(("django.core.mail", "smtplib", "anymail"))
    ]
    assert guilty == []


def test_our_apps_listen_to_no_django_signal() -> None:
    """The one receiver of the design (provider's tracking events) comes with its issue."""
    guilty = [
        f"{path}: {name}"
        for app_name in APPS
        for path, tree in of_app(app_name)
        for name in imports(tree)
        if name.startswith(("django.dispatch", "django.db.models.signals", "django.core.signals"))
    ]
    assert guilty == []


def test_every_test_file_is_collected() -> None:
    """A file that holds tests but is named otherwise would never run."""
    lost = [
        str(path)
        for path, tree in sources().items()
        if path.parts[0] == "tests" and not path.name.startswith("test_")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert lost == []


def test_no_address_of_a_package_registry_is_kept() -> None:
    names = ["files.python" + "hosted", "pypi" + ".org", "registry." + "npmjs", "crates" + ".io"]
    listed = subprocess.run(
        ["git", "grep", "-lE", "|".join(names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,  # git answers 1 when it finds nothing, which is what we hope for
    ).stdout.split()
    assert listed == []
