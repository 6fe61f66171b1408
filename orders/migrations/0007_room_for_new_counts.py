"""A tally is rewritten with every fact and no index holds its counts: with room on its page, a new one stays there."""

from typing import Any, ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("orders", "0006_transitions_are_checked_when_they_happen")
    ]

    operations: ClassVar[list[Any]] = [
        migrations.RunSQL(
            "ALTER TABLE orders_partnertally SET (fillfactor = 70)",
            "ALTER TABLE orders_partnertally RESET (fillfactor)",
        )
    ]
