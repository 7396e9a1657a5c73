"""Loading the story: once, into an empty database, all or nothing."""

from django.contrib.auth.models import User
from django.db import transaction

from campaigns.models import Article
from config.demo import content, events, letters, logins, people, post, story
from config.demo.people import Crowd
from newsletters.models import Contact, Delivery, Mailing


def is_empty() -> bool:
    """True while nobody has put anything into this database."""
    return not any(rows.objects.exists() for rows in (User, Contact, Article, Mailing))


def load() -> None:
    """The whole story, and then the appeal and the digest really leave through the engine.

    Stopped before the end of the first part, the database stays empty; stopped
    later, the worker sends what is left.
    """
    appeal = _tell()
    post.send_everything()
    post.some_leave(appeal)


@transaction.atomic
def _tell() -> Mailing:
    staff, crowd = logins.create(), Crowd()
    cause = content.campaign()
    joined = people.mailing_lists(crowd)
    written: dict[str, Article] = {}
    pages = story.pages()
    content.publish([page for page in pages if page.days > post.DIGEST_DAYS], cause, written)
    post.weekly_digest(staff["admin"], joined["weekly"])
    content.publish([page for page in pages if page.days <= post.DIGEST_DAYS], cause, written)
    content.draft(cause)
    actions = content.urgent_actions(cause, content.people_at_risk(cause))
    petitions = people.all_petitions(crowd, cause, joined["appeals"])
    people.subscribers(crowd, joined)
    letters.write(crowd, actions["doctor"], days=5)
    events.invite(cause)
    _forget_old_mails()
    admin = staff["admin"]
    post.send_issue(admin)
    segment = post.segment(petitions["neda"])
    links = post.links(actions["doctor"], petitions["neda"])
    post.unfinished(staff["organiser"], joined["appeals"], links, segment)
    return post.appeal(admin, joined["appeals"], links)


def _forget_old_mails() -> None:
    """Confirmations and thanks of the past two years went out in the past two years, not now."""
    Delivery.objects.filter(mailing=None).delete()
