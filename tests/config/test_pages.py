"""The front page."""

import pytest
from django.urls import reverse

from campaigns.states import ActionState, EventState
from petitions.states import PetitionState
from tests.factories.articles import ArticleFactory
from tests.factories.campaigns import ActionFactory, EventFactory
from tests.factories.petitions import PetitionFactory

pytestmark = pytest.mark.django_db


def test_the_front_page_shows_what_is_new_and_what_can_be_done(
    client, django_assert_max_num_queries
):
    stories = ArticleFactory.create_batch(9)
    petition, over = PetitionFactory(total=312), PetitionFactory(state=PetitionState.CLOSED)
    action = ActionFactory(title="Let Mira see a doctor")
    closed = ActionFactory(title="An older one", state=ActionState.CLOSED)
    vigil, off = EventFactory(capacity=20), EventFactory(state=EventState.CALLED_OFF)

    with django_assert_max_num_queries(6):
        page = client.get("/").text

    assert f'<h1 lang="en"><a href="/news/{stories[-1].slug}/">' in page
    assert page.count('<h2 lang="en"><a href="/news/') == 6
    assert f"/petitions/{petition.slug}/" in page
    assert "312 have signed" in page
    assert over.slug not in page
    assert f'href="/urgent-actions/{action.slug}/"' in page
    assert closed.slug not in page
    assert f'href="/events/{vigil.slug}/"' in page
    assert "20 places left of 20" in page
    assert off.slug not in page
    assert page.count('class="button wide"') == 1


def test_an_empty_site_says_that_it_is_new(client):
    page = client.get("/").text
    assert "This page is new" in page


def test_posting_to_an_old_address_does_not_move_anybody(client):
    assert client.post("/2024/03/strike/").status_code == 404


@pytest.mark.once
def test_the_login_page_is_headed_by_the_name_of_the_campaign(client, settings):
    settings.SITE_NAME = "Karsh Solidarity Committee"
    assert ">Karsh Solidarity Committee</a>" in client.get(reverse("login")).text
