"""People."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from newsletters.models.indexes import Beginnings
from newsletters.states import ContactState


class Tag(models.Model):
    """A word staff put on people."""

    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """A subject to choose for the digest. Articles carry it as a category of the same slug."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class DigestFrequency(models.TextChoices):
    """How often a reader wants the digest."""

    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Once a month")
    NEVER = "never", _("Never")


class Contact(models.Model):
    """One person we may write to. Has no account; proves herself by links in her mail."""

    email = models.CharField(_("e-mail"), max_length=254)
    email_typed = models.CharField(max_length=320)
    # Keyed hash of the canonical address: what suppressions and deliveries are compared by.
    address_key = models.CharField(max_length=32)
    # Shared by the spellings one mailbox answers to (dots, plus): finds doubles, never for mail.
    person_key = models.CharField(max_length=32, blank=True)
    given_name = models.CharField(_("given name"), max_length=200, blank=True)
    family_name = models.CharField(_("family name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    country = CountryField(_("country"), blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=12, choices=ContactState.choices, default=ContactState.REACHABLE
    )
    digest_frequency = models.CharField(
        max_length=8, choices=DigestFrequency.choices, default=DigestFrequency.WEEKLY
    )
    # No mailing and no digest before this day: what the person asked for on her own page.
    paused_until = models.DateField(_("no mail before"), null=True, blank=True)
    tags = models.ManyToManyField(
        Tag, blank=True, related_name="contacts", through="newsletters.ContactTag"
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="contacts")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("pk",)
        # One index each: ``unique=True`` and ``db_index`` would make a second one on
        # PostgreSQL. Addresses are found by their beginning, too; keys are only ever
        # compared whole.
        constraints = (
            models.UniqueConstraint(
                fields=("email",), opclasses=("varchar_pattern_ops",), name="contact_email"
            ),
            models.UniqueConstraint(fields=("address_key",), name="contact_address_key"),
        )
        # How staff find people: selectors/people.py.
        indexes = (
            models.Index(fields=("person_key",), name="contact_person_key"),
            Beginnings(Upper("given_name"), name="contact_given_name"),
            Beginnings(Upper("family_name"), name="contact_family_name"),
            models.Index(fields=("phone",), condition=~Q(phone=""), name="contact_phone"),
            models.Index(fields=("postcode",), condition=~Q(postcode=""), name="contact_postcode"),
            # A few thousand of a million; whoever can be reached is not in it.
            models.Index(
                fields=("id",), condition=Q(state=ContactState.BOUNCED), name="contact_bounced"
            ),
        )
        permissions = (("export_contact", "Can take a list of people out"),)

    def __str__(self) -> str:
        return f"Contact {self.pk}"

    def value_of(self, name: str) -> Any:
        """What stands in a column of the profile or, as ``field_<key>``, in a field of staff's."""
        key = name.removeprefix("field_")
        return str(getattr(self, name) or "") if key == name else self.attributes.get(key)

    def put(self, name: str, value: Any) -> None:
        """Into the column, or the field of staff's; None empties the latter. Saves nothing."""
        key = name.removeprefix("field_")
        if key == name:
            setattr(self, name, value)
        elif value is None:
            self.attributes.pop(key, None)
        else:
            self.attributes[key] = value

    @property
    def full_name(self) -> str:
        """Given and family name, whichever is known."""
        return f"{self.given_name} {self.family_name}".strip()


class ContactTag(models.Model):
    """A tag on a person."""

    # Either index below begins with one of them.
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        db_table = "newsletters_contact_tags"
        constraints = (models.UniqueConstraint(fields=("contact", "tag"), name="tag_once"),)
        # The newest of those who wear a tag, without looking at everybody who came later.
        indexes = (models.Index(fields=("tag", "contact"), name="tag_walk"),)

    def __str__(self) -> str:
        return f"Tag {self.tag_id} on contact {self.contact_id}"
