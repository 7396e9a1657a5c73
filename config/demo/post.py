"""The post: a segment, a weekly digest with an issue, an appeal that is really sent, a draft."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from campaigns.models import UrgentAction
from campaigns.services.letters import action_url
from config.demo import story
from config.demo.story import moment
from newsletters.models import (
    Delivery,
    Digest,
    DigestIssue,
    Mailing,
    MailingList,
    Segment,
)
from newsletters.selectors.segments import compile_rule
from newsletters.sending import engine
from newsletters.services import digests, expansion, mailing_drafts, mailings, subscriptions
from newsletters.services.digests import Plan
from newsletters.services.links import unsubscribe_token
from newsletters.services.mailing_drafts import Heading, Text
from newsletters.states import DeliveryState, IssueState, Lane, MailingState
from petitions.models import Petition
from petitions.selectors import petitions as petition_selectors

# The digest began so many days ago; what was published since is in its first issue.
DIGEST_DAYS = 8
ISSUE_HOUR = 9
# One round sends everything; more would mean that something does not work.
ROUNDS = 5


def weekly_digest(by: User, mailing_list: MailingList) -> Digest:
    """The standing order. Call it while only what is older than DIGEST_DAYS is public."""
    began = moment(DIGEST_DAYS, ISSUE_HOUR)
    weekday = (timezone.now() - timedelta(days=1)).weekday()
    plan = Plan(name="Weekly sheet", mailing_list=mailing_list, weekday=weekday, hour=ISSUE_HOUR)
    digest = digests.create(plan=plan, by=by)
    Digest.objects.filter(pk=digest.pk).update(
        created_at=began, covered_until=began, planned_from=began
    )
    digest.issues.update(period_start=began, period_end=began, created_at=began)
    return digest


def segment(petition: Petition) -> Segment:
    """Who has not signed."""
    rule = {
        "all": [{"condition": "signed_petition", "operator": "is_not", "value": str(petition.pk)}]
    }
    compile_rule(rule)
    return Segment.objects.create(name=story.table("mailings")["segment"]["name"], rule=rule)


def links(action: UrgentAction, petition: Petition) -> dict[str, str]:
    """Where the buttons of the mailings lead."""
    return {"action": action_url(action), "petition": petition_selectors.url(petition)}


def appeal(by: User, mailing_list: MailingList, pages: dict[str, str]) -> Mailing:
    """Written, approved and started; it leaves when ``send_everything`` is called."""
    mailing = _write("appeal", by, mailing_list, pages)
    mailings.approve(mailing=mailing, by=by)
    mailings.send_now(mailing=mailing, by=by)
    return mailing


def unfinished(by: User, mailing_list: MailingList, pages: dict[str, str], to: Segment) -> Mailing:
    """A draft for a segment."""
    mailing = _write("draft", by, mailing_list, pages)
    mailing_drafts.set_audience(mailing=mailing, lists=[mailing_list.pk], excluded=[], rule=to.rule)
    return mailing


def send_issue(by: User) -> None:
    """Make the issue whose hour was yesterday, and let it go out."""
    digests.issue_due()
    for issue in DigestIssue.objects.filter(state=IssueState.DRAFT):
        digests.approve(issue=issue, by=by)


def send_everything() -> None:
    """What the worker does, done here and now: lists made, mails handed over, mailings closed."""
    for mailing_id in _in(MailingState.EXPANDING):
        expansion.expand(mailing_id=mailing_id)
    for _round in range(ROUNDS):
        if not _in(MailingState.SENDING):
            break
        engine.run(Lane.BULK)
        mailings.finish_done()


def some_leave(mailing: Mailing) -> None:
    """A few readers press the link in the mail they have just got."""
    got = Delivery.objects.filter(mailing=mailing, state=DeliveryState.ACCEPTED).order_by("pk")
    for delivery in got[: story.table("mailings")["appeal"]["leave"]]:
        token = unsubscribe_token(delivery)
        subscriptions.leave_by_token(token, method="one-click")


def _in(state: MailingState) -> list[int]:
    return list(Mailing.objects.filter(state=state).order_by("pk").values_list("pk", flat=True))


def _write(key: str, by: User, mailing_list: MailingList, pages: dict[str, str]) -> Mailing:
    told = story.table("mailings")[key]
    heading = Heading(name=told["name"], sender_name=told["sender_name"])
    mailing = mailing_drafts.create(heading=heading, by=by)
    for text in told["text"]:
        blocks = [_block(block, pages) for block in text.pop("block")]
        mailing_drafts.save_text(mailing=mailing, text=Text(blocks=blocks, **text))
    mailing_drafts.set_audience(mailing=mailing, lists=[mailing_list.pk], excluded=[], rule={})
    return mailing


def _block(told: dict[str, Any], pages: dict[str, str]) -> dict[str, Any]:
    page = told.pop("page", None)
    return {**told, "url": pages[page]} if page else told
