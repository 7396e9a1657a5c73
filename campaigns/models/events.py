"""Vigils, stalls, readings: where people meet, and who has said she comes."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.articles import Campaign
from campaigns.states import EventState, RsvpState


class Event(models.Model):
    """One gathering at one place. Its times are UTC; what was typed is kept beside them."""

    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.DRAFT)
    title = models.CharField(_("what it is"), max_length=160)
    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    summary = models.TextField(_("what happens there"), blank=True)
    town = models.CharField(_("town"), max_length=120)
    place = models.CharField(
        _("place"), max_length=250, help_text=_("Where people find each other.")
    )
    # Where a state might wait for who comes, only those who do are told.
    place_by_mail = models.BooleanField(_("tell the place only to those who come"), default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    # What was typed, so that the page can show it again as it was meant.
    starts_local = models.CharField(max_length=16)
    ends_local = models.CharField(max_length=16, blank=True)
    capacity = models.PositiveIntegerField(_("at most so many people"), null=True, blank=True)
    # Rises whenever place, time or state change; SEQUENCE of RFC 5545 section 3.8.7.4.
    sequence = models.PositiveIntegerField(default=0)
    # By what calendars know it (UID of RFC 5545 section 3.8.4.7); says nothing, never changes.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # How many had said they come, counted when their answers were deleted.
    came_total = models.PositiveIntegerField(default=0)
    # When it became public for the first time.
    announced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-starts_at", "-pk")
        indexes = (models.Index(fields=("state", "starts_at"), name="event_coming"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public page of the event."""
        return reverse("campaigns:event", args=[self.slug])


class Rsvp(models.Model):
    """One person's answer to one event. Name and address are emptied 30 days after it.

    Who gives up her place, or never confirms, is forgotten sooner.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="rsvps")
    state = models.CharField(max_length=10, choices=RsvpState.choices, default=RsvpState.PENDING)
    name = models.CharField(_("your name"), max_length=200, blank=True)
    email = models.CharField(_("your e-mail"), max_length=254, blank=True)
    # newsletters.addresses.person_key: the spellings of one mailbox are one person.
    person_key = models.CharField(max_length=32)
    # newsletters.addresses.address_key: finds an answer after its address is gone.
    address_key = models.CharField(max_length=32, blank=True)
    # Language of the pages and mails the person sees.
    page_language = models.CharField(max_length=12, default="en")
    # The sequence of the event her last mail told of.
    told = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    # Her place in the queue.
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("event", "person_key"),
                condition=models.Q(state__in=(RsvpState.COMING, RsvpState.WAITING)),
                name="one_answer_per_event",
            ),
        )
        indexes = (
            models.Index(fields=("event", "state", "confirmed_at", "id"), name="rsvp_queue"),
            models.Index(fields=("address_key",), name="rsvp_address"),
        )

    def __str__(self) -> str:
        return f"Rsvp {self.pk}"
