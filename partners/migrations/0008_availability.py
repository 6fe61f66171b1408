import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0007_find_the_excluded"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.AddField(
            model_name="partner",
            name="buffer_minutes",
            field=models.PositiveSmallIntegerField(
                db_default=10,
                default=10,
                help_text="Kept free before and after each visit, besides the way.",
                verbose_name="minutes between visits",
            ),
        ),
        migrations.AddField(
            model_name="partner",
            name="hours_set_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Until then the partner is asked at any time.",
                null=True,
                verbose_name="hours set on",
            ),
        ),
        migrations.AddField(
            model_name="partner",
            name="works_on_holidays",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="works on public holidays"
            ),
        ),
        migrations.CreateModel(
            name="DayOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="days")),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days_off",
                        to="partners.partner",
                        verbose_name="partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "day off",
                "verbose_name_plural": "days off",
                "ordering": ["days"],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("partner", "="), ("days", "&&")],
                        name="days_off_of_a_partner_do_not_overlap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days__isempty", False), ("days__lower_inf", False), ("days__upper_inf", False)
                        ),
                        name="days_off_have_an_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkingHours",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(help_text="Monday is 0.", verbose_name="weekday"),
                ),
                (
                    "minutes",
                    django.contrib.postgres.fields.ranges.IntegerRangeField(
                        help_text="Since midnight on the city's clock, [begins, ends).",
                        verbose_name="minutes",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="working_hours",
                        to="partners.partner",
                        verbose_name="partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "working hours",
                "verbose_name_plural": "working hours",
                "ordering": ["weekday", "minutes"],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("partner", "="), ("weekday", "="), ("minutes", "&&")],
                        name="working_hours_of_a_weekday_do_not_overlap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weekday__lte", 6)), name="working_hours_are_of_a_weekday"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__contained_by", (0, 1440)), ("minutes__isempty", False)),
                        name="working_hours_lie_within_a_day",
                    ),
                ],
            },
        ),
    ]
