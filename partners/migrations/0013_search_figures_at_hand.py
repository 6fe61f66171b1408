from django.db import migrations, models

# Ranks change with most reviews: they leave room on their pages for the next version.
RANKS = """
    ALTER TABLE partners_partner SET (fillfactor = 85);
    LOCK TABLE partners_partnerreview IN SHARE ROW EXCLUSIVE MODE;
    UPDATE partners_partner SET search_rank = review.search_rank
      FROM partners_partnerreview review
     WHERE review.partner_id = partners_partner.id AND review.search_rank <> 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0012_skills_at_hand"),
    ]

    operations = [
        migrations.AddField(
            model_name="partner",
            name="search_rank",
            field=models.DecimalField(
                decimal_places=4,
                editable=False,
                help_text="As the latest review gave it; none before the first.",
                max_digits=6,
                null=True,
                verbose_name="rank in searches",
            ),
        ),
        migrations.AddField(
            model_name="partner",
            name="jobs_accepted",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Of the tally, like the next; kept by a trigger, so that a search need not look them up.",
                verbose_name="jobs accepted",
            ),
        ),
        migrations.AddField(
            model_name="partner",
            name="idle_since",
            field=models.DateTimeField(
                editable=False, help_text="The last acceptance.", null=True, verbose_name="idle since"
            ),
        ),
        migrations.RunSQL(RANKS, migrations.RunSQL.noop),
        # Processes of the release before still write it; the column itself goes with a later release.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="partnerreview", name="search_rank")],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE partners_partnerreview ALTER COLUMN search_rank SET DEFAULT 0",
                    "ALTER TABLE partners_partnerreview ALTER COLUMN search_rank DROP DEFAULT",
                )
            ],
        ),
    ]
