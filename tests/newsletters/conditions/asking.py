"""People of whom one can tell what they answer, and the asking."""

from datetime import timedelta

from django.utils import timezone

from newsletters.models import Contact
from newsletters.selectors.segments import people
from tests.factories.newsletters import ContactFactory

NOW = timezone.now()


def ago(days):
    return NOW - timedelta(days=days)


def day(days):
    return (timezone.localdate() - timedelta(days=days)).isoformat()


def person(name, **fields):
    return ContactFactory(email=f"{name}@example.org", **fields)


def who(condition, operator, *values):
    """The names of whoever answers, and that the others are exactly whom "not" finds."""
    asked = {"condition": condition, "operator": operator, "value": [str(one) for one in values]}
    found = {row.email.partition("@")[0] for row in people(asked)}
    others = {row.email.partition("@")[0] for row in people({"not": asked})}
    everybody = {row.email.partition("@")[0] for row in Contact.objects.all()}
    assert found | others == everybody
    assert not found & others
    return found
