"""The arguments that the commands share, with clear words for what is wrong with them."""

from datetime import UTC, datetime

from django.core.management.base import CommandError

from partners.models import City


def instant_of(text: str | None, *, now: datetime) -> datetime:
    """An ISO 8601 instant (UTC where it names no offset), or `now` where none is given."""
    if text is None:
        return now
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"--as-of {text!r} is not an ISO 8601 time such as 2026-03-01T00:00:00+00:00."
        ) from error
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def cities_of(slug: str | None) -> list[City]:
    """The city of that slug, or all cities by slug."""
    cities = City.objects.order_by("slug")
    if slug is None:
        return list(cities)
    found = list(cities.filter(slug=slug))
    if not found:
        known = ", ".join(cities.values_list("slug", flat=True))
        raise CommandError(f"There is no city {slug!r}; known are {known}.")
    return found
