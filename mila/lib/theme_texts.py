"""Texts of the admin's theme, for which it brings no translations: named here, they get into our catalogues."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

TEXTS = (
    _("All applications"),
    _("Apply Filters"),
    _("Available shortcuts"),
    _("Changelist shortcuts"),
    _("Command tool shortcuts"),
    _("Create new record"),
    _("Dark"),
    _("Date"),
    _("False"),
    _("Filters"),
    _("General"),
    _("Global shortcuts"),
    _("Go back"),
    _("Light"),
    _("Navigate"),
    _("Next"),
    _("No data"),
    _("No results found"),
    _("Nothing matched your search"),
    _("Open command tool"),
    _("Open selection"),
    _("Open selection in new tab"),
    _("Open shortcuts list"),
    _("Previous"),
    _("Recent searches"),
    _("Reset filters"),
    _("Return to site"),
    _("Run"),
    _("Search apps and models..."),
    _("Select"),
    _("Select action"),
    _("Select action to run"),
    _("Select record"),
    _("Select value"),
    _("Submit"),
    _("System"),
    _("This page yielded into no results."),
    _("Toggle dark/light mode"),
    _("Toggle filter"),
    _("Toggle sidebar"),
    _("True"),
    _("Type to search"),
    _("Welcome"),
    # The white space belongs to it.
    ngettext_lazy(
        '\n            Found <span class="font-medium text-important">%(counter)s</span> result in %(time)s seconds\n        ',  # noqa: E501
        '\n            Found <span class="font-medium text-important">%(counter)s</span> results in %(time)s seconds\n        ',  # noqa: E501
        "counter",
    ),
)
