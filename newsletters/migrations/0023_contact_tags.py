"""The tags of people as a model of its own, on the table there is, with the index people walk by."""

import django.db.models.deletion
from django.db import migrations, models

CASCADE = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0022_fields_remembered")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="ContactTag",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=CASCADE, related_name="+", to="newsletters.contact"
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                on_delete=CASCADE, related_name="+", to="newsletters.tag"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "newsletters_contact_tags",
                        "unique_together": {("contact", "tag")},
                    },
                ),
                migrations.AlterField(
                    model_name="contact",
                    name="tags",
                    field=models.ManyToManyField(
                        blank=True,
                        related_name="contacts",
                        through="newsletters.ContactTag",
                        to="newsletters.tag",
                    ),
                ),
            ]
        ),
        migrations.AlterField(
            model_name="contacttag",
            name="contact",
            field=models.ForeignKey(
                db_index=False, on_delete=CASCADE, related_name="+", to="newsletters.contact"
            ),
        ),
        migrations.AlterField(
            model_name="contacttag",
            name="tag",
            field=models.ForeignKey(
                db_index=False, on_delete=CASCADE, related_name="+", to="newsletters.tag"
            ),
        ),
        migrations.AlterUniqueTogether(name="contacttag", unique_together=set()),
        migrations.AddConstraint(
            model_name="contacttag",
            constraint=models.UniqueConstraint(fields=("contact", "tag"), name="tag_once"),
        ),
        migrations.AddIndex(
            model_name="contacttag",
            index=models.Index(fields=["tag", "contact"], name="tag_walk"),
        ),
    ]
