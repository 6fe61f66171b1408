import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0005_reviews_have_rows_of_their_own"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="city_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."city_id" IS DISTINCT FROM (NEW."city_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="8470967b4efcd716abc4713912d5522b311e7ef8",
                    operation="UPDATE",
                    pgid="pgtrigger_city_is_fixed_fa19b",
                    table="partners_partner",
                    when="BEFORE",
                ),
            ),
        ),
    ]
