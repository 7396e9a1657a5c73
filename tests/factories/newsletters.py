"""Invented people, lists and rows for tests. Addresses lie under example.org."""

import factory
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from factory.django import DjangoModelFactory

from newsletters.addresses import address_key
from newsletters.models import (
    Contact,
    Delivery,
    Digest,
    Mailing,
    MailingList,
    MailingText,
    MailingVersion,
    Subscription,
    Topic,
)
from newsletters.public import trap
from newsletters.states import Lane, SubscriptionState

PASSWORD = "seven invented words"


class ContactFactory(DjangoModelFactory):
    """Somebody we may write to; give ``email`` in canonical form."""

    class Meta:
        model = Contact

    email = factory.Sequence(lambda number: f"reader{number}@example.org")
    email_typed = factory.SelfAttribute("email")
    address_key = factory.LazyAttribute(lambda contact: address_key(contact.email))
    given_name = "Anna"
    family_name = "Marku"
    language = "en"
    country = "AT"


class TopicFactory(DjangoModelFactory):
    """A subject of the digest."""

    class Meta:
        model = Topic

    name = factory.Sequence(lambda number: f"Topic {number}")
    slug = factory.Sequence(lambda number: f"topic-{number}")


class MailingListFactory(DjangoModelFactory):
    """A public list."""

    class Meta:
        model = MailingList

    name = factory.Sequence(lambda number: f"Letters from Karsh {number}")
    slug = factory.Sequence(lambda number: f"letters-from-karsh-{number}")
    description = "One letter a week about people held in Karsh."


class SubscriptionFactory(DjangoModelFactory):
    """Somebody who is on a list."""

    class Meta:
        model = Subscription

    contact = factory.SubFactory(ContactFactory)
    mailing_list = factory.SubFactory(MailingListFactory)
    state = SubscriptionState.ACTIVE
    method = "test"
    confirmed_at = factory.LazyFunction(timezone.now)


class MailingFactory(DjangoModelFactory):
    """A draft; ``lists=[…]`` says to whom."""

    class Meta:
        model = Mailing
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Appeal {number}")

    @factory.post_generation
    def lists(self, create, extracted, **_kwargs):
        if create and extracted:
            self.lists.set(extracted)


class MailingTextFactory(DjangoModelFactory):
    """Subject and one paragraph in English."""

    class Meta:
        model = MailingText

    mailing = factory.SubFactory(MailingFactory)
    language = "en"
    subject = "Write to the minister"
    blocks = factory.LazyFunction(lambda: [{"type": "text", "html": "<p>Please write.</p>"}])


class MailingVersionFactory(DjangoModelFactory):
    """Frozen text in English."""

    class Meta:
        model = MailingVersion

    mailing = factory.SubFactory(MailingFactory)
    number = 1
    sender = "Free Karsh <campaign@example.org>"
    list_id = "letters.example.org"
    parts = factory.LazyFunction(
        lambda: {
            "en": {
                "": {
                    "subject": "Write to the minister",
                    "html": "<p>Please write.</p>",
                    "text": "Please write.\n",
                }
            }
        }
    )
    content_hash = "0" * 64


class DeliveryFactory(DjangoModelFactory):
    """One mail of a mailing to one person on one list, still to go."""

    class Meta:
        model = Delivery

    mailing = factory.SubFactory(MailingFactory)
    contact = factory.SubFactory(ContactFactory)
    mailing_list = factory.SubFactory(MailingListFactory)
    address = factory.SelfAttribute("contact.email")
    address_key = factory.SelfAttribute("contact.address_key")
    language = "en"
    lane = Lane.BULK
    due_at = factory.LazyFunction(timezone.now)


class DigestFactory(DjangoModelFactory):
    """A weekly digest that has covered everything up to now."""

    class Meta:
        model = Digest

    name = factory.Sequence(lambda number: f"Weekly letter {number}")
    mailing_list = factory.SubFactory(MailingListFactory)
    covered_until = factory.LazyFunction(timezone.now)


class UserFactory(DjangoModelFactory):
    """A staff account that may do what ``permissions=["newsletters.view_contact"]`` says."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"organiser{number}")
    password = factory.django.Password(PASSWORD)
    is_staff = True

    @factory.post_generation
    def permissions(self, _create, extracted, **_kwargs):
        for name in extracted or ():
            app, _, codename = name.partition(".")
            self.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )


def trap_fields(seconds_ago=5):
    """The trap's part of a form's data, as a browser sends it after so many seconds of typing."""
    return {"website": "", "opened": trap.stamp(seconds_ago=seconds_ago)}
