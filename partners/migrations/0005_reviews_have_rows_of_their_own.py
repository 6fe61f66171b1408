import django.db.models.deletion
import partners.policy
from django.conf import settings
from django.db import migrations, models


# Rows that change with every fact leave room on their pages for the next version.
# Nobody marks a partner between the copy and the end of the column.
COPY = """
    ALTER TABLE partners_partnerreview SET (fillfactor = 70);
    LOCK TABLE partners_partner IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO partners_partnerreview (partner_id, search_rank, due_at)
    SELECT id, search_rank, review_due_at FROM partners_partner
     WHERE review_due_at IS NOT NULL OR search_rank <> 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0004_words_for_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerReview",
            fields=[
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="review",
                        serialize=False,
                        to="partners.partner",
                    ),
                ),
                (
                    "search_rank",
                    models.DecimalField(
                        decimal_places=4, default=0, max_digits=6, verbose_name="rank in searches"
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="New facts since the last review; cleared by the review.",
                        null=True,
                        verbose_name="review due",
                    ),
                ),
            ],
            options={"verbose_name": "review", "verbose_name_plural": "reviews"},
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name="partner",
            name="partners_to_review",
        ),
        migrations.RemoveIndex(
            model_name="partner",
            name="partners_by_rank",
        ),
        migrations.RemoveField(
            model_name="partner",
            name="review_due_at",
        ),
        migrations.RemoveField(
            model_name="partner",
            name="search_rank",
        ),
        migrations.AddIndex(
            model_name="partner",
            index=models.Index(
                condition=models.Q(("status", partners.policy.PartnerStatus["ACTIVE"])),
                fields=["city"],
                name="partners_able_to_work",
            ),
        ),
        migrations.AddIndex(
            model_name="partnerreview",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="reviews_due"
            ),
        ),
    ]
