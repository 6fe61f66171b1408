"""What `make demo` promises about starting and stopping, with small processes in place of the real ones."""

import importlib.util
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo", ROOT / "bin/demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sleeper(body: str = "import time; time.sleep(60)") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", body], start_new_session=True)


def test_a_process_that_dies_is_named_with_the_end_of_its_log(demo: ModuleType, tmp_path: Path) -> None:
    running = demo.Demo(tmp_path)
    running.children = {"web": sleeper("raise SystemExit(3)"), "worker": sleeper()}
    (tmp_path / "logs/web.log").write_text("many lines\nthe reason\n")
    running.children["web"].wait()
    with pytest.raises(demo.DemoError, match="web ended by itself") as raised:
        running.complain_about_the_dead()
    assert "the reason" in str(raised.value)
    running.stop()
    assert running.children["worker"].returncode == -signal.SIGTERM


def test_a_process_that_does_not_listen_is_killed(
    demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "STOP_SECONDS", 0.3)
    deaf = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
        ],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout is not None
    deaf.stdout.readline()
    running = demo.Demo(tmp_path)
    running.children = {"worker": deaf}
    running.stop()
    assert deaf.returncode == -signal.SIGKILL


def test_a_taken_port_moves_the_demo_to_the_next_free_one(demo: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert port < demo.free_port(port) < port + 100


def test_a_second_demo_on_the_same_data_says_so(demo: ModuleType, tmp_path: Path) -> None:
    second = demo.only_one(tmp_path)
    with demo.only_one(tmp_path), pytest.raises(demo.DemoError, match="another one is running"):
        second.__enter__()


def test_a_reset_removes_what_the_demo_has_made_and_nothing_else(demo: ModuleType, tmp_path: Path) -> None:
    for name in ("postgres", "redis", "run", "servers", "logs"):
        (tmp_path / name).mkdir()
    (tmp_path / "secret_key").write_text("secret")
    (tmp_path / "somebody's notes.txt").write_text("keep")
    demo.throw_away(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["somebody's notes.txt"]
