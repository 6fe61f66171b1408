"""How the site looks on a device: the scheme that somebody has chosen, and what a phone shows of the site as an app."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

SCHEME = "scheme"
SCHEMES = frozenset({"light", "dark"})
SCHEME_AGE = 365 * 24 * 3600
# The paper of the light scheme, as in tokens.css.
PAPER = "#fbf8f3"


def appearance(request: HttpRequest) -> dict[str, str]:
    """For every template: the scheme that this browser has chosen, or `auto`."""
    chosen = request.COOKIES.get(SCHEME, "")
    return {"scheme": chosen if chosen in SCHEMES else "auto"}


def set_scheme(request: HttpRequest) -> HttpResponse:
    """Choose light or dark for this browser and return to the page (POST `scheme`, `next`); else the system decides."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("home")
    response = redirect(back)
    scheme = request.POST.get("scheme", "")
    if scheme in SCHEMES:
        response.set_cookie(
            SCHEME,
            scheme,
            max_age=SCHEME_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(SCHEME, samesite="Lax")
    return response


def manifest(_request: HttpRequest) -> HttpResponse:
    """The web-app manifest, in the language of the page that names it."""
    content = {
        "id": "/",
        "name": "mila",
        "short_name": "mila",
        "description": _(
            "Friendly people from your neighbourhood set up, connect and repair your technology at home, "
            "anywhere in Switzerland."
        ),
        "lang": get_language(),
        "start_url": reverse("start"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": static("img/icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
            {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
            {
                "src": static("img/mark-maskable.svg"),
                "sizes": "any",
                "type": "image/svg+xml",
                "purpose": "maskable",
            },
            {
                "src": static("img/icon-maskable-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
    }
    response = JsonResponse(content, content_type="application/manifest+json")
    patch_vary_headers(response, ["Cookie"])
    return response
