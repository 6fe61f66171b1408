"""Several workers post at the same time, each job once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from billing import services
from billing.models import LedgerEntry, Posting
from billing.verification import differences
from mila.lib.locks import locking
from orders.services import orders_to_post
from tests.billing.test_services import DONE_AT, completed_job
from tests.factories import load_launch_data

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _launch_data(transactional_db: None) -> None:
    load_launch_data()


def post(_worker: int = 0) -> int:
    try:
        return services.post_completed(now=DONE_AT, limit=5)
    finally:
        connection.close()


def test_eight_workers_post_forty_jobs_once_each() -> None:
    for _ in range(40):
        completed_job()
    with ThreadPoolExecutor(8) as workers:
        assert sum(workers.map(post, range(16))) == 40
    assert LedgerEntry.objects.count() == 40
    assert Posting.objects.count() == 120
    assert list(differences(DONE_AT + timedelta(days=1))) == []


def test_order_that_somebody_else_is_posting_is_left_to_them() -> None:
    completed_job()
    with ThreadPoolExecutor(1) as elsewhere:
        with locking():
            assert len(orders_to_post(limit=5)) == 1
            assert elsewhere.submit(post).result(timeout=10) == 0
        assert elsewhere.submit(post).result(timeout=10) == 1
