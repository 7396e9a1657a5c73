"""Signatures."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from newsletters.models import ConsentWording
from petitions.models.petitions import Petition, PetitionText
from petitions.states import Doubt, SignatureState


class Signature(models.Model):
    """One person under one petition; a contact only after she confirmed and asked for news."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="signatures")
    state = models.CharField(
        max_length=12, choices=SignatureState.choices, default=SignatureState.PENDING
    )
    name = models.CharField(_("your name"), max_length=200)
    email = models.CharField(_("your e-mail"), max_length=254)
    # Why it will end IGNORED when it is confirmed; empty for nearly everybody.
    doubt = models.CharField(max_length=8, choices=Doubt.choices, blank=True)
    # Goes up when the form is filled in again before the confirmation: the button
    # confirms only what was shown beside it.
    revision = models.PositiveIntegerField(default=1)
    # "You are number N", said at the confirmation and kept, so that it never changes.
    number = models.PositiveIntegerField(null=True, blank=True)
    # Whether the petition's total includes this row at present (services/counting.py).
    in_total = models.BooleanField(default=False)
    address_key = models.CharField(max_length=32)
    # The same for ann+x@ and a.n.n@ of one provider: one person signs once.
    person_key = models.CharField(max_length=32)
    country = CountryField(_("country"), blank=True)
    comment = models.CharField(_("why I sign"), max_length=500, blank=True)
    is_public = models.BooleanField(_("show my name"), default=False)
    wants_news = models.BooleanField(default=False)
    wording = models.ForeignKey(
        ConsentWording, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The text the signer saw.
    text = models.ForeignKey(PetitionText, on_delete=models.PROTECT, related_name="signatures")
    language = models.CharField(max_length=12)
    source = models.CharField(_("source"), max_length=60, blank=True)
    mails_sent = models.PositiveSmallIntegerField(default=0)
    last_mail_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("petition", "person_key"), name="one_signature"),
        )
        indexes = (
            models.Index(fields=("petition", "state", "in_total"), name="signature_counting"),
            models.Index(fields=("petition", "confirmed_at"), name="signature_newest"),
            models.Index(fields=("address_key",), name="signature_address"),
        )

    def __str__(self) -> str:
        return f"Signature {self.pk}"
