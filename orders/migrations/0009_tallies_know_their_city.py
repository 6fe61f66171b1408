import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


FILL = """
    UPDATE orders_partnertally tally SET city_id = partner.city_id
      FROM partners_partner partner WHERE partner.id = tally.partner_id;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_words_for_people"),
        ("partners", "0006_city_is_fixed"),
    ]

    operations = [
        migrations.AddField(
            model_name="partnertally",
            name="city",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.city",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="partnertally",
            name="city",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.city",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partnertally",
            trigger=pgtrigger.compiler.Trigger(
                name="city_is_the_partners",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE theirs bigint;",
                    func="\n                    SELECT city_id INTO theirs FROM partners_partner WHERE id = NEW.partner_id;\n                    IF NEW.city_id <> theirs THEN\n                        RAISE EXCEPTION 'A tally of another city than its partner''s';\n                    END IF;\n                    NEW.city_id := theirs;\n                    RETURN NEW;\n                ",
                    hash="cda6ce4d605070038bedfd3483dcf8de78113fd3",
                    operation="INSERT",
                    pgid="pgtrigger_city_is_the_partners_fa0fd",
                    table="orders_partnertally",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partnertally",
            trigger=pgtrigger.compiler.Trigger(
                name="city_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."city_id" IS DISTINCT FROM (NEW."city_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="e14d1107eab8b47a9a58c50f2d48fcd9f82980bf",
                    operation="UPDATE",
                    pgid="pgtrigger_city_is_fixed_121de",
                    table="orders_partnertally",
                    when="BEFORE",
                ),
            ),
        ),
    ]
