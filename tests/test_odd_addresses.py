"""Odd addresses (57 to 79 of the list of bad input) at every form that takes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from django.core.cache import caches
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from campaigns.models import Letter
from newsletters import addresses
from newsletters.models import AddressChange, Contact, Delivery, OtherAddress
from newsletters.services import links
from petitions.models import Signature
from tests.factories.campaigns import ActionFactory
from tests.factories.newsletters import (
    ContactFactory,
    MailingListFactory,
    UserFactory,
    trap_fields,
)
from tests.factories.petitions import PetitionFactory
from tests.infra.dns import Zone
from tests.journeys.test_act import filled_in
from tests.newsletters.test_addresses import REFUSED, TAKEN

# One of each number: the others are refused by the same parser, which has tests of its own.
# A form takes white space at the ends away by itself.
NUMBERED = {
    name.partition(" ")[0]: (typed, code)
    for name, (typed, code) in REFUSED.items()
    if typed == typed.strip() and "NUL" not in name and "surrogate" not in name
}
MODELS: tuple[type[Model], ...] = (Contact, OtherAddress, AddressChange, Signature, Letter)
ANNA = "Anna Holm"
SLIP, MEANT = "anna.holm@gmial.com", "anna.holm@gmail.com"


@dataclass
class Form:
    """One form: how an address is typed into it, and what is known of it afterwards."""

    type_in: Callable[..., str]
    # How she insists on the address she was asked about.
    insist: str = "asked"


def known(email: str = "") -> int:
    """How many rows name ``email``, or any address."""
    which = {"email": email} if email else {}
    found = sum(model._default_manager.filter(**which).count() for model in MODELS)
    return found if email else found + Delivery.objects.count()


def sign_up() -> Form:
    news = MailingListFactory()
    fields = {"lists": [news.pk], "language": "en", "name": ANNA}
    return Form(_sender(reverse("newsletters:subscribe"), fields), insist="use")


def petition() -> Form:
    found = PetitionFactory()
    fields = {"name": ANNA, "text": found.texts.get().pk, "comment": ANNA}
    return Form(_sender(reverse("petitions:sign", args=[found.slug]), fields))


def letter() -> Form:
    action = ActionFactory()
    fields = filled_in(action, name=ANNA)
    return Form(_sender(reverse("campaigns:letter_write", args=[action.slug]), fields))


def own_page() -> Form:
    anna = ContactFactory(email="anna@old.example", given_name=ANNA)
    url = links.preferences_url(anna).removeprefix("http://testserver") + "address/"
    return Form(_sender(url, {}, field="new_address"), insist="use")


def staff_page() -> Form:
    anna = ContactFactory(email="anna@old.example", given_name=ANNA)
    client = Client()
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    url = reverse("staff:person_addresses", args=[anna.pk])
    return Form(_sender(url, {"use": "other"}, client=client))


def _sender(
    url: str, fields: Mapping[str, object], *, field: str = "email", client: Client | None = None
) -> Callable[..., str]:
    browser = client or Client()

    def send(typed: str, **more: str) -> str:
        data = {**fields, field: typed, **trap_fields(), **more}
        return browser.post(url, data, follow=True).content.decode()

    return send


FORMS = [sign_up, petition, letter, own_page, staff_page]
# What is refused and asked says nothing about the database.
pytestmark = pytest.mark.once
every_form = pytest.mark.parametrize("form", FORMS, indirect=True, ids=lambda form: form.__name__)


@pytest.fixture
def form(request: pytest.FixtureRequest, db: None) -> Form:
    made: Form = request.param()
    return made


@every_form
def test_57_to_78_what_is_not_one_address_is_told_at_the_field(form: Form) -> None:
    before = known()
    for name, (typed, code) in NUMBERED.items():
        page = form.type_in(typed)
        assert escape(str(addresses.SENTENCES[code])) in page, name
        assert ANNA in page, name
    assert known() == before


@every_form
def test_62_to_68_an_odd_but_real_address_is_taken_as_it_is(form: Form) -> None:
    for name in ("62 apostrophe", "63 Chinese", "64 U-label", "67 dotless"):
        typed, canonical = TAKEN[name]
        form.type_in(typed)
        assert known(canonical), name
    form.type_in("аdmin@x.org")
    assert known("аdmin@x.org")
    assert not known("admin@x.org")


@every_form
def test_74_a_likely_slip_is_asked_about_nothing_is_lost_and_who_insists_is_believed(
    form: Form,
) -> None:
    before = known()
    page = form.type_in(SLIP)
    assert MEANT in page
    assert ANNA in page
    assert known() == before
    form.type_in(SLIP, **{form.insist: SLIP})
    assert known(SLIP)
    assert not known(MEANT)


@every_form
def test_76_and_77_nobody_reads_mail_there_says_the_field_for_known_and_unknown_alike(
    form: Form, zone: Zone, settings: Settings
) -> None:
    settings.CHECK_MAIL_DOMAINS = True
    settings.MAIL_DOMAIN = "mail.example"
    caches["mail_domains"].clear()
    zone.point("karsh.example", "MX", "0 .")
    ContactFactory(email="known@karsh.example")
    before = known()
    pages = [form.type_in(f"{who}@karsh.example") for who in ("known", "nobody")]
    assert all(str(addresses.SENTENCES["no_mail"]) in page for page in pages)
    assert set(zone.asked) == {"karsh.example"}
    assert escape(str(addresses.SENTENCES["ours"])) in form.type_in("leave+1-abc@mail.example")
    caches["mail_domains"].clear()
    assert known() == before


@every_form
def test_79_dots_and_plus_stay_in_the_address_mail_is_sent_to(form: Form) -> None:
    form.type_in("Anna.Holm+karsh@gmail.com")
    assert known("anna.holm+karsh@gmail.com")
    assert not known("annaholm@gmail.com")
