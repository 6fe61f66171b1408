"""Completed orders on their way into the books."""

from collections.abc import Iterable

from orders.models import Order


def orders_to_post(*, limit: int) -> list[Order]:
    """The completed orders that wait longest for their posting, locked; those that another worker holds are left out.

    Call it in the transaction that posts them and ends with `mark_posted`.
    """
    return list(
        Order.objects.filter(posting_due_at__isnull=False)
        .select_for_update(skip_locked=True, no_key=True)
        .order_by("posting_due_at", "pk")[:limit]
    )


def mark_posted(*, order_ids: Iterable[int]) -> None:
    """These orders are in the books."""
    Order.objects.filter(pk__in=list(order_ids)).update(posting_due_at=None)
