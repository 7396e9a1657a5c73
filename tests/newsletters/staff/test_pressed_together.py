"""One of staff erases a person while others work on her page."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from newsletters.models import Contact, Note, OtherAddress
from tests.factories.newsletters import SubscriptionFactory

pytestmark = pytest.mark.django_db(transaction=True)

# What happens together is luck; so many times it has happened each way.
ROUNDS = 4


def test_every_button_about_somebody_who_is_being_erased_gets_an_answer() -> None:
    by = User.objects.create_superuser("aigul")

    def press(path: str, data: dict[str, str]) -> int:
        client = Client(raise_request_exception=False)
        client.force_login(by)
        try:
            return client.post(path, data).status_code
        finally:
            connection.close()

    for number in range(ROUNDS):
        row = SubscriptionFactory()
        page = f"/staff/people/{row.contact_id}"
        buttons = {
            f"{page}/erase/": {"is_sure": "on"},
            f"{page}/notes/": {"text": "Calls in the evening"},
            f"{page}/access/": {},
            f"{page}/take-off/": {"list": str(row.mailing_list_id)},
            f"{page}/block/": {"reason": "Asked on the phone"},
            f"{page}/addresses/": {"email": f"second{number}@example.net"},
            f"{page}/edit/": {"given_name": "B", "seen": row.contact.updated_at.isoformat()},
        }
        with ThreadPoolExecutor(len(buttons)) as hands:
            answers = dict(
                zip(buttons, hands.map(press, *zip(*buttons.items(), strict=True)), strict=True)
            )
        assert answers.pop(f"{page}/erase/") == 302
        assert set(answers.values()) <= {302, 404, 422}, answers
    assert not Contact.objects.exists()
    assert not Note.objects.exists()
    assert not OtherAddress.objects.exists()
