import pytest
from django.core.management import call_command

from compliance.models import CityPolicy
from partners.models import City


@pytest.mark.django_db
def test_the_launch_data_survives_an_emptied_database() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert City.objects.count() == 10
    assert CityPolicy.objects.count() == 10
