"""Link scanners fetch every link: no GET and no HEAD changes a row, whatever the token."""

import pytest
from django.apps import apps
from django.urls import reverse

from newsletters.models import AddressChange
from newsletters.services.links import (
    access_url,
    address_url,
    confirm_url,
    leave_url,
    preferences_url,
    unsubscribe_token,
)
from newsletters.states import SubscriptionState
from tests.factories.newsletters import (
    DeliveryFactory,
    MailingFactory,
    MailingListFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


def every_row():
    """The whole database, row by row."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list())) for model in models
    }


@pytest.fixture
def links():
    waiting = SubscriptionFactory(state=SubscriptionState.PENDING)
    row = SubscriptionFactory()
    MailingListFactory()
    delivery = DeliveryFactory(
        contact=row.contact,
        mailing=MailingFactory(lists=[row.mailing_list]),
        mailing_list=row.mailing_list,
    )
    leave = unsubscribe_token(delivery)
    typed = "new@example.org"
    change = AddressChange.objects.create(contact=row.contact, email=typed, email_typed=typed)
    preferences = preferences_url(row.contact).split("/")[-2]
    return [
        reverse("newsletters:subscribe"),
        reverse("newsletters:subscribe_sent"),
        confirm_url(waiting.contact),
        confirm_url(row.contact),
        preferences_url(row.contact),
        address_url(change),
        leave_url(row.contact, row.mailing_list),
        reverse("newsletters:unsubscribe", args=[leave]),
        reverse("newsletters:fresh_link", args=[leave]),
        reverse("newsletters:fresh_link", args=[preferences]),
        leave_url(row.contact),
        reverse("newsletters:new_address", args=[preferences]),
        access_url(row.contact),
        reverse("newsletters:forget_me", args=[preferences]),
    ]


@pytest.mark.parametrize("method", ["get", "head"])
def test_fetching_a_live_link_changes_no_row_and_sets_no_cookie(client, links, method):
    before = every_row()
    for link in links:
        answer = getattr(client, method)(link)
        assert answer.status_code == 200, link
        assert not answer.cookies, link
    assert every_row() == before


def test_pages_behind_tokens_leave_no_trace(client, links):
    for link in links[2:]:
        for answer in (client.get(link), client.post(link)):
            # A file is closed when it has been read.
            list(answer)
            if answer.status_code == 302:
                continue
            assert answer.headers["Cache-Control"] == "no-store, private"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_token_of_one_page_is_unknown_to_the_others(client, links):
    tokens = {link.split("/")[-3]: link.split("/")[-2] for link in links[2:7]}
    assert set(tokens) == {"a", "c", "p", "u"}
    for page in ("confirm", "preferences", "unsubscribe", "address"):
        for kind, token in tokens.items():
            link = reverse(f"newsletters:{page}", args=[token])
            expected = 200 if link.startswith(f"/{kind}/") else 404
            assert client.get(link).status_code == expected
            if expected == 404:
                assert client.post(link).status_code == 404


def test_no_page_knows_other_methods(client, links):
    for link in links:
        assert client.put(link).status_code == 405
        assert client.delete(link).status_code == 405
