"""The theme of the admin: its colours, and what of ours it calls and loads."""

from typing import Any

SHADES = ["50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950"]
# The greens of the site.
GREENS = ["#f0f8f6", "#e3f1ee", "#c2ddd8", "#93c8bf", "#5cc7b8", "#3aa99b", "#0d5f57", "#0b5049", "#094842",
          "#073833", "#04211e"]  # fmt: skip
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "mila",
    "SITE_HEADER": "mila",
    "SITE_SYMBOL": "home_repair_service",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "mila.navigation.favicon"}],
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "mila.dashboard.dashboard",
    "SIDEBAR": {"navigation": "mila.navigation.side_bar"},
    "SCRIPTS": ["mila.navigation.landmarks"],
    "STYLES": ["mila.navigation.admin_style"],
    "COLORS": {"primary": dict(zip(SHADES, GREENS, strict=True))},
}
