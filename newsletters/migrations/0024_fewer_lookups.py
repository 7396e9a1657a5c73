"""Addresses get one index instead of two; lists and wordings are not looked up row by row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0023_contact_tags")]

    operations = [
        # First, so that no address can be there twice in between.
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                fields=("email",), name="contact_email", opclasses=("varchar_pattern_ops",)
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="email",
            field=models.CharField(max_length=254, verbose_name="e-mail"),
        ),
        migrations.AlterField(
            model_name="consentevent",
            name="mailing_list",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="newsletters.mailinglist",
            ),
        ),
        migrations.AlterField(
            model_name="consentevent",
            name="wording",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="newsletters.consentwording",
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="mailing_list",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="subscriptions",
                to="newsletters.mailinglist",
            ),
        ),
    ]
