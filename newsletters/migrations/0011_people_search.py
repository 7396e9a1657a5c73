import django.db.models.functions
from django.db import migrations, models

import newsletters.models.indexes


class Migration(migrations.Migration):

    dependencies = [
        ('newsletters', '0010_people'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='contact',
            index=newsletters.models.indexes.Beginnings(django.db.models.functions.Upper('given_name'), name='contact_given_name'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=newsletters.models.indexes.Beginnings(django.db.models.functions.Upper('family_name'), name='contact_family_name'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='contact_phone'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('postcode', ''), _negated=True), fields=['postcode'], name='contact_postcode'),
        ),
    ]
