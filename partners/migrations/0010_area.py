import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import partners.models.reach
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


# Rows of the code before this are whole too: the trigger fills them, and is there before the columns insist.
# Until now a radius was set by staff, without limits. What a row changed twice has left to check is checked before
# the columns change.
FILL = """
    UPDATE partners_partner SET latitude = city.latitude, longitude = city.longitude
      FROM partners_city city
     WHERE city.id = city_id AND (partners_partner.latitude IS NULL OR partners_partner.longitude IS NULL);
    UPDATE partners_partner SET radius_km = LEAST(GREATEST(radius_km, 1), 50) WHERE radius_km NOT BETWEEN 1 AND 50;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0009_ways_by_city"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="partner",
            name="home",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="As the partner chose it; until then the middle of the city counts.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.place",
                verbose_name="own place",
            ),
        ),
        migrations.AddField(
            model_name="partner",
            name="postcodes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=4),
                blank=True,
                db_default=[],
                default=list,
                help_text="If there are any, they count instead of the radius.",
                size=None,
                verbose_name="postcodes",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="a_place_is_whole",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."latitude" IS NULL OR NEW."longitude" IS NULL)',
                    func="\n    IF NEW.latitude IS NOT NULL OR NEW.longitude IS NOT NULL THEN\n        RAISE EXCEPTION 'A place has a latitude and a longitude';\n    END IF;\n    SELECT latitude, longitude INTO NEW.latitude, NEW.longitude FROM partners_city WHERE id = NEW.city_id;\n    RETURN NEW;\n",
                    hash="4adf21dfb45b55ea908e2795db4ecba057397494",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_a_place_is_whole_c4e26",
                    table="partners_partner",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="partner",
            name="latitude",
            field=models.FloatField(verbose_name="latitude"),
        ),
        migrations.AlterField(
            model_name="partner",
            name="longitude",
            field=models.FloatField(verbose_name="longitude"),
        ),
        migrations.AddIndex(
            model_name="partner",
            index=django.contrib.postgres.indexes.GistIndex(
                partners.models.reach.BoxOfReach("longitude", "latitude", "radius_km"),
                condition=models.Q(("status", "active"), ("postcodes", [])),
                name="partners_by_reach",
            ),
        ),
        migrations.AddIndex(
            model_name="partner",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("status", "active"), models.Q(("postcodes", []), _negated=True)),
                fields=["postcodes"],
                name="partners_by_postcode",
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.CheckConstraint(
                condition=models.Q(("radius_km__range", (1, 50))), name="partner_radius_is_in_its_limits"
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.CheckConstraint(
                condition=models.Q(("postcodes__len__lte", 200)), name="partner_postcodes_are_not_too_many"
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.CheckConstraint(
                condition=models.Q(("latitude__range", (-70, 70)), ("longitude__range", (-170, 170))),
                name="partner_lives_where_boxes_hold_circles",
            ),
        ),
    ]
