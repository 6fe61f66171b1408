"""Checks that ratings and the stars that count agree."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

# Stars of booked jobs come from the client's published rating and from nowhere else. Imported stars have no rating.
_STARS = """
SELECT job.id, job.client_stars, rating.stars, job.stars_published_at, rating.published_at,
       job.stars_ruled_out_at, rating.ruled_out_at
  FROM orders_job job
  LEFT JOIN ratings_rating rating
    ON rating.job_id = job.id AND rating.side = 'client' AND rating.published_at IS NOT NULL
 WHERE job.order_id IS NOT NULL
   AND (job.client_stars, job.stars_published_at, job.stars_ruled_out_at)
       IS DISTINCT FROM (rating.stars, rating.published_at, rating.ruled_out_at)
 ORDER BY job.id
"""

_NOT_RATEABLE = """
SELECT rating.id, rating.job_id
  FROM ratings_rating rating JOIN orders_job job ON job.id = rating.job_id
 WHERE job.order_id IS NULL OR job.outcome IS DISTINCT FROM 'completed' OR rating.submitted_at < job.outcome_at
    OR rating.submitted_at >= rating.reveal_due_at
 ORDER BY rating.id
"""

_HALF_PUBLISHED = """
SELECT job_id
  FROM ratings_rating
 GROUP BY job_id
HAVING count(*) = 2 AND count(published_at) < 2 OR count(DISTINCT published_at) > 1
 ORDER BY job_id
"""

_HIDDEN_WITHOUT_DECISION = """
SELECT rating.id
  FROM ratings_rating rating
  LEFT JOIN ratings_ratingflag flag
    ON flag.id = rating.hiding_flag_id AND flag.rating_id = rating.id AND flag.decision = 'hide'
 WHERE rating.hiding_flag_id IS NOT NULL AND flag.id IS NULL
 ORDER BY rating.id
"""

_DECIDED_AND_SHOWN = """
SELECT DISTINCT rating.id
  FROM ratings_ratingflag flag JOIN ratings_rating rating ON rating.id = flag.rating_id
 WHERE flag.decision = 'hide' AND rating.hiding_flag_id IS NULL
 ORDER BY rating.id
"""


def differences(now: datetime) -> Iterator[str]:  # noqa: ARG001 - every app's checks are asked the same way
    """One sentence per difference."""
    with connection.cursor() as cursor:
        cursor.execute(_STARS)
        for job, counted, given, *_instants in cursor.fetchall():
            yield f"job {job}: {counted} stars count, the published rating says {given}, or their instants differ"
        cursor.execute(_NOT_RATEABLE)
        for rating, job in cursor.fetchall():
            yield f"rating {rating}: job {job} could not be rated when it was"
        cursor.execute(_HALF_PUBLISHED)
        for (job,) in cursor.fetchall():
            yield f"job {job}: both sides have rated, but the ratings were not published together"
        cursor.execute(_HIDDEN_WITHOUT_DECISION)
        for (rating,) in cursor.fetchall():
            yield f"rating {rating}: its comment is hidden, but no report on it was decided so"
        cursor.execute(_DECIDED_AND_SHOWN)
        for (rating,) in cursor.fetchall():
            yield f"rating {rating}: a report says that its comment is hidden, but it is shown"
