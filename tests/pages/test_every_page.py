"""Every address that answers a GET is a page with a scene, or says why it is none; each page answers."""

import pytest
from django.test import Client

from mila.access import ACCESS
from tests.pages.every_page import NOT_PAGES, every_page

pytestmark = pytest.mark.django_db


def test_every_page_has_a_scene_or_a_reason() -> None:
    shown = {name for pages in every_page().pages.values() for name in pages}
    readable = {name for name, access in ACCESS.items() if "GET" in access.methods}
    assert shown | set(NOT_PAGES) == readable
    assert not shown & set(NOT_PAGES)


def test_every_page_answers() -> None:
    scenes = every_page()
    answers: dict[str, int] = {}
    for role, pages in scenes.pages.items():
        client, user = Client(), scenes.users[role]
        if user is not None:
            client.force_login(user)
        answers |= {
            path: client.get(path.replace("LANGUAGE", "it")).status_code
            for paths in pages.values()
            for path in paths
        }
    assert {path: status for path, status in answers.items() if status != 200} == {}
