import time
from collections.abc import Iterator

import pytest
from django.core.cache.backends.redis import RedisCache

from mila.lib import cache as forgiving
from mila.lib.redis import Circuit, RedisAddresses


@pytest.fixture
def lost() -> Iterator[forgiving.ForgivingRedisCache]:
    """A cache whose Redis is not there."""
    forgiving.circuit.close()
    found = forgiving.ForgivingRedisCache("unix:///nowhere/redis.sock?db=0", {})
    found.clear()
    yield found
    found.clear()
    forgiving.circuit.close()


def test_without_redis_the_cache_goes_on_in_the_process(lost: forgiving.ForgivingRedisCache) -> None:
    lost.set("tries", 1)
    assert lost.incr("tries") == 2
    assert lost.add("tries", 9) is False
    assert lost.get_many(["tries", "none"]) == {"tries": 2}
    assert lost.delete("tries") is True
    assert lost.get("tries", "gone") == "gone"


def test_only_the_first_call_tries_to_reach_a_redis_that_is_down(
    lost: forgiving.ForgivingRedisCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forgiving.circuit.is_open()
    monkeypatch.setattr(RedisCache, "get", lambda *_: pytest.fail("asked again"))
    assert lost.get("anything") is None


def test_a_circuit_closes_by_itself_after_its_pause() -> None:
    circuit = Circuit(pause=0.02)
    circuit.fail()
    assert circuit.is_open()
    time.sleep(0.03)
    assert not circuit.is_open()


@pytest.mark.parametrize(
    ("url", "broker", "cache"),
    [
        ("redis://host:6379", "redis://host:6379/0", "redis://host:6379/2"),
        ("redis://host:6379/", "redis://host:6379/0", "redis://host:6379/2"),
        ("rediss://user:pw@host/4", "rediss://user:pw@host/4", "rediss://user:pw@host/6"),
        ("unix:///run/r.sock", "redis+socket:///run/r.sock?virtual_host=0", "unix:///run/r.sock?db=2"),
        ("unix:///run/r.sock?db=8", "redis+socket:///run/r.sock?virtual_host=8", "unix:///run/r.sock?db=10"),
    ],
)
def test_queue_and_cache_have_databases_of_their_own(url: str, broker: str, cache: str) -> None:
    addresses = RedisAddresses(url)
    assert (addresses.broker(), addresses.cache()) == (broker, cache)
