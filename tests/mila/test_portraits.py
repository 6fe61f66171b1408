"""Everybody has a picture of their own, the same on every page and for ever."""

import re
from xml.etree import ElementTree as ET

from django.template import Context, Template

from mila.lib.portraits import HUES, SKIES, portrait_of


def drawn(source: str, **names: str) -> str:
    return Template("{% load mila %}" + source).render(Context(names))


def test_a_picture_is_the_same_in_every_process_and_for_ever() -> None:
    """If this changes, every face on the site changes."""
    portrait = portrait_of("Anna Keller")
    assert (portrait.hue, portrait.sky, portrait.sun_x, portrait.sun_y, portrait.sun_r) == (1, 2, 47, 17, 10)
    assert portrait_of(" anna keller") == portrait


def test_pictures_of_many_people_differ_and_stay_on_the_canvas() -> None:
    portraits = [portrait_of(f"person-{number}") for number in range(500)]
    assert len(set(portraits)) == 500
    assert {each.hue for each in portraits} == set(range(HUES))
    assert {each.sky for each in portraits} == set(range(SKIES))
    for each in portraits:
        figures = re.findall(r"-?\d+(?:\.\d+)?", each.far + each.near + each.snow)
        assert all(0 <= float(figure) <= 100 for figure in figures)


def test_it_is_decoration_without_styles_of_its_own() -> None:
    picture = drawn("{% avatar name 'l' %}", name="Luca <b>")
    root = ET.fromstring(picture)
    assert root.get("aria-hidden") == "true"
    assert root.get("class", "").startswith("avatar l hue")
    assert "style" not in picture
    assert root[-1].text == "L"


def test_a_seed_tells_two_people_of_one_name_apart() -> None:
    one, other = (drawn("{% avatar 'Luca' 's' seed=seed %}", seed=seed) for seed in ("lausanne-1", "bern-4"))
    assert one != other
    assert one == drawn("{% avatar 'Luca' 's' 'lausanne-1' %}")
    assert drawn("{% avatar 'Luca' 's' seed='' %}") == drawn("{% avatar 'Luca' 's' %}")
