from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0024_fewer_lookups")]

    operations = [
        migrations.AlterModelOptions(
            name="delivery", options={"verbose_name_plural": "deliveries"}
        ),
    ]
