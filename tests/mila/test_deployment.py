"""Docker can't run everywhere, so the files are read: every command in them is one that make and bin run too."""

import os
import re
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVE = (ROOT / "bin/serve").read_text()
SERVED = set(re.findall(r"^(\w+)\)$", SERVE, re.MULTILINE))
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}

PRODUCTION = {
    "MILA_MODE": "production",
    "SECRET_KEY": "k7Hq2mZr9-Wb4xTn8vLc6yPd1sGf3jRa5uEe0oIi_QhYtXwVzB",
    "ALLOWED_HOSTS": "mila.example",
    "DATABASE_URL": "postgres://nobody@localhost:1/mila",
    "REDIS_URL": "redis://localhost:1",
    "EMAIL_URL": "smtp://localhost:1",
    "DEFAULT_FROM_EMAIL": "mila@mila.example",
    "PATH": os.environ["PATH"],
    "LOG_LEVEL": "WARNING",
}


def check_deploy() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".venv/bin/python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_compose_file_has_every_part_of_the_site() -> None:
    assert set(COMPOSE["services"]) == {
        "prepare",
        "web",
        "live",
        "worker",
        "beat",
        "postgres",
        "redis",
        "mail",
    }
    assert set(OURS) == {"prepare", "web", "live", "worker", "beat"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_of_ours_runs_a_command_of_bin_serve(name: str) -> None:
    program, action = OURS[name]["command"]
    assert program == "bin/serve"
    assert action in SERVED


def test_the_image_runs_a_command_of_bin_serve() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert 'CMD ["bin/serve", "web"]' in dockerfile
    assert COMPOSE["services"]["web"]["healthcheck"]["test"] == ["CMD", "bin/serve", "health"]
    assert COMPOSE["services"]["live"]["healthcheck"]["test"] == ["CMD", "bin/serve", "health", "live"]
    assert "bin/messages.py compile" in dockerfile
    assert "bin/messages.py compile" in (ROOT / "Makefile").read_text()


def test_the_demo_runs_the_same_commands() -> None:
    demo = (ROOT / "bin/demo.py").read_text()
    assert '"bin/serve"' in demo
    assert {"web", "live", "worker", "beat", "prepare", "health"} == SERVED


def test_dependencies_between_services_name_services() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])


def test_compose_gives_production_all_that_it_demands() -> None:
    environment = OURS["web"]["environment"]
    assert environment["MILA_MODE"] == "production"
    assert set(PRODUCTION) - {"PATH", "LOG_LEVEL"} <= set(environment)


def test_a_complete_production_environment_passes_the_deployment_check() -> None:
    result = check_deploy()
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "at least 50 characters"),
        ({"DATABASE_URL": ""}, "DATABASE_URL must be set"),
        ({"REDIS_URL": ""}, "REDIS_URL must be set"),
        ({"EMAIL_URL": ""}, "EMAIL_URL must be set"),
        ({"ALLOWED_HOSTS": "*"}, "must name hosts"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"MILA_MODE": "staging"}, "either demo or production"),
    ],
)
def test_production_refuses_to_start_with_unsafe_settings(
    changes: dict[str, str], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (PRODUCTION | changes).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=complaint):
        runpy.run_path(str(ROOT / "mila/settings.py"))


def test_pages_may_connect_to_the_live_process_and_only_those_of_the_site_may_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SITE_URL", "https://mila.example/")
    found = runpy.run_path(str(ROOT / "mila/settings.py"))
    assert (found["LIVE_URL"], found["LIVE_ORIGINS"]) == ("", ["https://mila.example"])
    assert found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"] == ["'self'"]
    monkeypatch.setenv("LIVE_URL", "https://live.mila.example/")
    found = runpy.run_path(str(ROOT / "mila/settings.py"))
    directives = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["connect-src"] == ["'self'", "https://live.mila.example"]


def test_lock_files_have_hashes_and_no_addresses() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "://" not in text, file.name
        pinned = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", text, re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[\w.-]+.*\\$", text, re.MULTILINE)), file.name


def test_what_the_image_installs_is_locked_the_same_as_what_is_tested() -> None:
    def versions(name: str) -> set[str]:
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        return {line.rstrip(" \\") for line in lines if "==" in line}

    assert versions("base.txt") <= versions("dev.txt")
