from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0019_booking_drafts"),
        ("partners", "0016_city_interest"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="bookingdraft",
            name="booking_draft_time_has_its_day",
        ),
        migrations.RemoveConstraint(
            model_name="bookingdraft",
            name="booking_draft_time_is_known",
        ),
        migrations.AlterField(
            model_name="bookingdraft",
            name="time",
            field=models.CharField(
                blank=True,
                help_text="10:00, a part of the day, or as soon as possible.",
                max_length=9,
                verbose_name="arrival",
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingdraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("time", ""),
                    models.Q(("day__isnull", True), ("time", "soon")),
                    models.Q(models.Q(("time", "soon"), _negated=True), ("day__isnull", False)),
                    _connector="OR",
                ),
                name="booking_draft_time_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingdraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("time__regex", "^(|(0[7-9]|1[0-9]):[03]0|20:00|morning|afternoon|evening|day|soon)$")
                ),
                name="booking_draft_time_is_known",
            ),
        ),
    ]
