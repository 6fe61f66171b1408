"""The style guide shows everything twice, to ops alone."""

import re

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse

from mila.pages.styleguide import sections
from tests.factories import OpsFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_ops_see_every_section_by_day_and_by_night(logged_in):
    html = logged_in(OpsFactory.create()).get(reverse("styleguide")).content.decode()

    assert re.findall(r'class="guide" id="(\w+)"', html) == [section.key for section in sections()]
    assert html.count('class="specimen" data-scheme="light"') == len(sections())
    assert html.count('class="specimen" data-scheme="dark"') == len(sections())
    assert "≥ 4.5" in html
    assert "&lt; 4.5" not in html


def test_no_id_is_given_twice(logged_in):
    html = logged_in(OpsFactory.create()).get(reverse("styleguide")).content.decode()

    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))


def test_every_section_has_its_template():
    for section in sections():
        try:
            get_template(section.template)
        except TemplateDoesNotExist:
            pytest.fail(section.template)


def test_others_find_nothing_there(client, logged_in):
    assert logged_in(UserFactory.create()).get(reverse("styleguide")).status_code == 404
    assert client.get(reverse("styleguide")).headers["Location"].startswith("/accounts/login/")
