"""Django's sessions in the database, read by a statement that is written out: every page of a visitor needs it.

Not kept in Redis beside it: after an outage there, a session that was ended meanwhile would be found again.
"""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

READ = """
SELECT session_key, session_data, expire_date FROM django_session
 WHERE session_key = %s AND expire_date > %s"""


class SessionStore(DatabaseStore):
    """As its parent, but for how a session is found."""

    def _get_session_from_db(self) -> Session | None:
        found = next(iter(Session.objects.raw(READ, [self.session_key, timezone.now()])), None)
        if found is None:
            self._session_key = None
        return found
