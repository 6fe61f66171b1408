"""Standings are rewritten often and no index holds their figures: with room on its page, a new one stays there."""

from typing import Any, ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("compliance", "0004_star_mean_of_an_assessment")]

    operations: ClassVar[list[Any]] = [
        migrations.RunSQL(
            "ALTER TABLE compliance_standing SET (fillfactor = 70)",
            "ALTER TABLE compliance_standing RESET (fillfactor)",
        )
    ]
