"""Django's sessions in the database, read by a prepared statement: every page of a visitor needs it.

Not kept in Redis beside it: after an outage there, a session that was ended meanwhile would be found again.
"""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from mila.lib.rows import row_of


class SessionStore(DatabaseStore):
    """As its parent, but for how a session is found."""

    def _get_session_from_db(self) -> Session | None:
        found = row_of(Session, session_key=self.session_key)
        if found is None or found.expire_date <= timezone.now():
            self._session_key = None
            return None
        return found
