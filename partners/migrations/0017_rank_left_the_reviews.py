"""The rank stands in the partner's row since 0013; its old column was left for the processes of the release before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("partners", "0016_city_interest")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE partners_partnerreview DROP COLUMN search_rank",
            "ALTER TABLE partners_partnerreview ADD COLUMN search_rank numeric(6, 4) NOT NULL DEFAULT 0",
        )
    ]
