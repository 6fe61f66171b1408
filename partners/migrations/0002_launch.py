"""The launch cities, the skills, the postcode table."""

from typing import Any, ClassVar

from django.db import migrations

from partners import reference


def load(apps: Any, schema_editor: Any) -> None:
    reference.load(apps)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("partners", "0001_initial"),
    ]

    operations: ClassVar[list[Any]] = [migrations.RunPython(load, migrations.RunPython.noop)]
