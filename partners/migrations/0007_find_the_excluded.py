from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0006_city_is_fixed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="partnertransition",
            index=models.Index(
                condition=models.Q(("new", "excluded")), fields=["partner", "at"], name="partners_excluded_at"
            ),
        ),
    ]
