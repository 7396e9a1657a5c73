from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="address_key",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["address_key"], name="letter_address"),
        ),
    ]
