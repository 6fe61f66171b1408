"""The first commission rate of every city."""

from typing import Any, ClassVar

from django.db import migrations

from billing import reference


def load(apps: Any, _schema_editor: Any) -> None:
    reference.load(apps)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("billing", "0001_initial"),
        ("partners", "0002_launch"),
    ]

    operations: ClassVar[list[Any]] = [migrations.RunPython(load, migrations.RunPython.noop)]
