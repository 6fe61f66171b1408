"""Workers and a Redis for fault tests; whatever a test has started is ended with it."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.faults.processes import OwnRedis, Worker

StartWorker = Callable[..., Worker]


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    # Not pytest's tmp_path: the path of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="mila-redis-") as folder:
        server = OwnRedis(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def start_worker(
    process_environment: dict[str, str], own_redis: OwnRedis, settings: LazySettings, tmp_path: Path
) -> Iterator[StartWorker]:
    """Starts workers on the test's database, a Redis of their own, and the demo's mailbox."""
    settings.EMAIL_BACKEND = "mila.notifications.mailbox.MailboxBackend"
    environment = process_environment | {"REDIS_URL": own_redis.url, "EMAIL_URL": ""}
    started: list[Worker] = []

    def start(*, beat: bool = False) -> Worker:
        worker = Worker(environment, tmp_path / "worker.log", beat=beat)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()
