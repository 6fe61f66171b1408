"""What `lint-imports` can't say: the privacy of rooms, the purity of rules, and where the clock may be read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
APPS = (
    "partners",
    "orders",
    "ratings",
    "compliance",
    "billing",
    "mila.accounts",
    "mila.notifications",
    "mila.sweeps",
)
PACKAGES = ("mila", "partners", "orders", "ratings", "compliance", "billing")
# What an app shows to others are its services, policy, models and querysets.
PRIVATE_ROOMS = {"views", "forms", "admin", "tasks", "api", "urls"}
# The roof composes pages, and only the roof.
ROOF = ("mila.urls", "mila.pages", "mila.celery", "mila.market")
CLOCKS = {"now", "today", "utcnow", "localdate", "localtime"}
# What keeps the time of its own runs.
OWN_CLOCK = {"mila.sweeps.services"}
LONGEST_FILE = 400


def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                found[name] = path
    return found


MODULES = modules()
POLICIES = sorted(name for name in MODULES if "policy" in name.rsplit(".", 1)[-1])
DECIDING_AND_ACTING = sorted(
    name for name in MODULES if {"policy", "services"} & set(name.split(".")) and name not in OWN_CLOCK
)


def app_of(module: str) -> str | None:
    return next((app for app in APPS if module == app or module.startswith(f"{app}.")), None)


def room_of(module: str, app: str) -> str:
    return module.removeprefix(app).lstrip(".").split(".")[0]


def imports_of(name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_no_app_imports_another_apps_views_forms_admin_tasks_or_api() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    trespasses = []
    for module in graph.modules:
        app = app_of(module)
        if app is None or room_of(module, app) not in PRIVATE_ROOMS:
            continue
        for importer in graph.find_modules_that_directly_import(module):
            at_home = app_of(importer) == app
            if not at_home and not importer.startswith(ROOF):
                trespasses.append(f"{importer} imports {module}")
    assert trespasses == []


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_imports_only_pure_things(name: str) -> None:
    pure = {"collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "heapq",
            "itertools", "math", "operator", "re", "types", "typing"}  # fmt: skip
    for imported in imports_of(name):
        is_ours = "policy" in imported.rsplit(".", 1)[-1] or imported.startswith(
            ("mila.lib.money", "mila.lib.geo")
        )
        assert is_ours or imported.split(".")[0] in pure, f"{name} imports {imported}"


@pytest.mark.parametrize("name", DECIDING_AND_ACTING)
def test_rules_and_services_are_told_the_time(name: str) -> None:
    read = [
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(MODULES[name].read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert read == []


def test_there_are_no_signals_and_no_catch_all_modules() -> None:
    names = {name.rsplit(".", 1)[-1] for name in MODULES}
    assert not names & {"signals", "utils", "helpers", "common", "misc"}


def test_no_file_is_too_long_to_read_in_one_sitting() -> None:
    lengths = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_domain_app_has_the_same_rooms() -> None:
    for app in ("partners", "orders", "ratings", "compliance", "billing"):
        for room in ("policy", "services", "models", "admin"):
            assert f"{app}.{room}" in MODULES, f"{app} has no {room}"
