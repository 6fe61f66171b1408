"""What every request passes through, beside Django's own middleware."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_structlog.middlewares import RequestMiddleware

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# The admin's own scripts (Alpine) evaluate attributes of the page; everything else still comes from us alone.
ADMIN_POLICY = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}


class AdminContentPolicy:
    """Loosens the content security policy below /admin/, and only there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.loosened: GetResponse = csp_replace(ADMIN_POLICY)(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            return self.loosened(request)
        return self.get_response(request)


class RequestLog(RequestMiddleware):
    """Logs each request by its route: a path or a query can hold an address, a name or a one-time key."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match
        return f"{request.method} /{match.route if match else '?'}"
