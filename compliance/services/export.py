"""The standings of all partners at any instant, row by row (policy: commands, `export_standings`)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from compliance.models import Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import Rule, SanctionKind, active_notices
from compliance.services.histories import histories_of, sanctions_of
from compliance.services.rules import CityRules, rules_at
from partners.models import City, Partner
from partners.policy import PartnerStatus
from partners.services import statuses_at
from ratings.policy import Standing, average_stars, cancellation_rate
from ratings.standings import standings_of

BATCH = 1000


@dataclass(frozen=True, slots=True)
class ExportedStanding:
    """One line of the export; its fields are the columns, in this order."""

    partner: str
    city: str
    accepted: int
    cancelled: int
    no_shows: int
    cancellation_rate: Decimal | None
    jobs_in_window: int
    rated_in_window: int
    average_stars: Decimal | None
    city_cancellation_average: Decimal | None
    status: PartnerStatus
    active_rating_notices: int
    active_cancellation_notices: int
    sanction: str


def exported_standings(*, cities: Iterable[City], at: datetime) -> Iterator[ExportedStanding]:
    """The partners of these cities who had joined by `at`, in byte order of their references.

    Reads in batches, so that memory does not grow with the number of partners.
    """
    slugs = {city.pk: city.slug for city in cities}
    rules = rules_at(list(slugs), at)
    members = Partner.objects.filter(city_id__in=slugs, joined_at__lte=at).only("pk", "city_id", "reference")
    batch: list[Partner] = []
    for partner in members.by_reference().iterator(chunk_size=BATCH):
        batch.append(partner)
        if len(batch) == BATCH:
            yield from _lines(batch, slugs, rules, at)
            batch = []
    yield from _lines(batch, slugs, rules, at)


def _lines(
    partners: list[Partner], slugs: dict[int, str], rules: dict[int, CityRules], at: datetime
) -> Iterator[ExportedStanding]:
    ids = [partner.pk for partner in partners]
    standings = standings_of(ids, at)
    statuses = statuses_at(partner_ids=ids, at=at)
    histories = histories_of(ids, at)
    sanctions = sanctions_of(ids, at)
    for partner in partners:
        standing = standings.get(partner.pk, Standing())
        city, history = rules[partner.city_id], histories[partner.pk]
        yield ExportedStanding(
            partner=partner.reference,
            city=slugs[partner.city_id],
            accepted=standing.accepted,
            cancelled=standing.cancelled,
            no_shows=standing.no_shows,
            cancellation_rate=cancellation_rate(standing),
            jobs_in_window=standing.jobs_in_window,
            rated_in_window=standing.rated_in_window,
            average_stars=average_stars(standing),
            city_cancellation_average=city.average,
            status=statuses[partner.pk],
            active_rating_notices=len(active_notices(Rule.RATING, city.parameters, history, at)),
            active_cancellation_notices=len(active_notices(Rule.CANCELLATION, city.parameters, history, at)),
            sanction=_sanction_at(sanctions.get(partner.pk, ()), at),
        )


def _sanction_at(sanctions: Iterable[Sanction], at: datetime) -> str:
    """The gravest that is open: a decided exclusion, a proposed one, a suspension in force; else empty."""
    states = {(sanction.kind, sanction.status_at(at)) for sanction in sanctions}
    if (SanctionKind.EXCLUSION, SanctionStatus.IN_FORCE) in states:
        return "exclusion"
    if (SanctionKind.EXCLUSION, SanctionStatus.PROPOSED) in states:
        return "exclusion_proposed"
    if (SanctionKind.SUSPENSION, SanctionStatus.IN_FORCE) in states:
        return "suspension"
    return ""
