"""What the campaign says: articles, cases, targets, urgent actions."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from campaigns.models import (
    Article,
    Campaign,
    Case,
    CaseEntry,
    Category,
    ModelLetter,
    Target,
    UrgentAction,
)
from campaigns.selectors.actions import next_number
from campaigns.services import actions, articles, cases, pictures, targets
from campaigns.services.actions import Contents
from campaigns.services.articles import ArticleText, PictureChange
from config.demo import pictures as posters
from config.demo import story
from config.demo.story import Page, day, moment

SUBJECTS = {
    "dockers": "Dockers of Merrow",
    "nurses": "Nurses and hospitals",
    "teachers": "Teachers of Dene",
    "words": "Words and censorship",
}


def campaign() -> Campaign:
    """The one cause everything belongs to, and its subjects."""
    for slug, name in SUBJECTS.items():
        articles.get_or_create_category(slug=slug, name=name)
    return Campaign.objects.create(**story.table("cases")["campaign"])


def publish(pages: Iterable[Page], cause: Campaign, known: dict[str, Article]) -> None:
    """Write and publish ``pages``; ``known`` remembers them by name for their translations."""
    for page in pages:
        article = articles.create_article(text=_text(page, cause, known), picture=_picture(page))
        known[page.name] = articles.publish(article=article, at=moment(page.days))


def draft(cause: Campaign) -> Article:
    """An article somebody has begun."""
    text = ArticleText(
        title="What we know about the two missing pages",
        body="<p>Two pages of the repair book are missing. We have begun to look for them.</p>",
        byline="Hanne Wildt",
        campaign=cause,
    )
    return articles.create_article(text=text)


def people_at_risk(cause: Campaign) -> dict[str, Case]:
    """The cases by key, with photo and timeline."""
    return {row["key"]: _case(row, cause) for row in story.table("cases")["case"]}


def urgent_actions(cause: Campaign, at_risk: dict[str, Case]) -> dict[str, UrgentAction]:
    """Targets and both urgent actions by key; the older one is over."""
    told = story.table("actions")
    offices = {row.pop("key"): targets.save(target=Target(**row)) for row in told["target"]}
    return {
        row["key"]: _action(row, at_risk[row["case"]], cause, offices)
        for row in sorted(told["action"], key=lambda row: -int(row["opened"]))
    }


def _text(page: Page, cause: Campaign, known: dict[str, Article]) -> ArticleText:
    head = page.headers
    slugs = head["Category"].split(", ")
    return ArticleText(
        title=head["Title"],
        body=page.body,
        kind=head["Kind"],
        excerpt=head["Excerpt"],
        byline=head["By"],
        language=head.get("Language", "en"),
        picture_alt=head.get("Picture", ""),
        picture_caption=head.get("Caption", ""),
        campaign=cause,
        translation_of=known.get(head.get("Translates", "")),
        categories=list(Category.objects.filter(slug__in=slugs)),
    )


def _picture(page: Page) -> PictureChange | None:
    motif = page.headers.get("Motif")
    return PictureChange(upload=posters.poster(motif)) if motif else None


def _case(row: dict[str, Any], cause: Campaign) -> Case:
    columns = ("name", "pronouns", "role", "place", "charge", "status", "photo_alt")
    case = Case(
        campaign=cause,
        other_names=row.get("other_names", ""),
        sentence=row.get("sentence", ""),
        detained_on=day(row["detained"]),
        ended_on=day(row["ended"]) if "ended" in row else None,
        photo=pictures.re_encode(posters.portrait(row["key"])),
        **{name: row[name] for name in columns},
    )
    entries = [CaseEntry(happened_on=day(days), text=text) for days, text in row["entries"]]
    return cases.save(case=case, entries=entries)


def _action(
    row: dict[str, Any], case: Case, cause: Campaign, offices: dict[str, Target]
) -> UrgentAction:
    opened = moment(row["opened"])
    action = UrgentAction(
        number=next_number(opened.year),
        year=opened.year,
        case=case,
        campaign=cause,
        write_until=day(-row.get("days_to_write", 0)),
        **{name: row[name].strip() for name in ("slug", "title", "summary", "demands", "advice")},
    )
    letters = [
        ModelLetter(**{name: text.strip() for name, text in letter.items()})
        for letter in row["letter"]
    ]
    contents = Contents(targets=[offices[key] for key in row["targets"]], letters=letters)
    actions.save(action=action, contents=contents)
    if "closed" in row:
        _tell_how_it_ended(row, action)
    else:
        actions.open_action(action=action)
        UrgentAction.objects.filter(pk=action.pk).update(opened_at=opened)
    action.refresh_from_db()
    return action


def _tell_how_it_ended(row: dict[str, Any], action: UrgentAction) -> None:
    """It ran and ended in the past: no service opens an action for somebody who is free."""
    closed = moment(row["closed"])
    UrgentAction.objects.filter(pk=action.pk).update(
        state="closed",
        opened_at=moment(row["opened"]),
        closed_at=closed,
        write_until=closed.date() + timedelta(days=14),
        outcome=row["outcome"].strip(),
    )
