"""The forms of the articles' staff pages."""

from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_prose_editor.widgets import ProseEditorWidget

from campaigns.models import Article, Campaign, Category
from campaigns.services.articles import SLUG_LENGTH, ArticleText, PictureChange
from campaigns.states import ArticleKind

MAX_BODY = 500_000
# What newsletters.sanitise keeps and a writer needs; the editor offers nothing else.
EDITOR = {
    "extensions": {
        "Bold": True,
        "Italic": True,
        "Underline": True,
        "Strike": True,
        "Heading": {"levels": [2, 3]},
        "BulletList": True,
        "OrderedList": True,
        "ListItem": True,
        "Blockquote": True,
        "HorizontalRule": True,
        "HardBreak": True,
        "Image": True,
        "Figure": True,
        "Caption": True,
        "Link": {"enableTarget": False, "protocols": ["https", "http", "mailto"]},
        "Table": True,
        "TableRow": True,
        "TableHeader": True,
        "TableCell": True,
        "History": True,
        "HTML": True,
    }
}


def languages() -> list[tuple[str, str]]:
    """The languages this installation writes in, by their names."""
    names = dict(settings.LANGUAGES)
    return [(code, str(names.get(code, code))) for code in settings.CONTENT_LANGUAGES]


class ArticleForm(forms.Form):
    """Everything a writer says about an article."""

    title = forms.CharField(label=_("Headline"), max_length=200)
    excerpt = forms.CharField(
        label=_("In two sentences"),
        help_text=_("Shown in lists, in the digest and when somebody shares the page."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=MAX_BODY,
        required=False,
        widget=ProseEditorWidget(config=EDITOR, preset="configurable"),
    )
    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, up to 10 MB. Where and when it was taken is removed."),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_picture = forms.BooleanField(label=_("Take the picture away"), required=False)
    picture_alt = forms.CharField(
        label=_("What the picture shows"),
        help_text=_("For people who cannot see it."),
        max_length=250,
        required=False,
    )
    picture_caption = forms.CharField(label=_("Caption"), max_length=250, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=ArticleKind.choices)
    categories = forms.ModelMultipleChoiceField(
        label=_("Filed under"),
        help_text=_("Readers of the digest choose from these subjects."),
        queryset=Category.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    new_category = forms.CharField(label=_("A new subject"), max_length=80, required=False)
    byline = forms.CharField(label=_("By"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=languages)
    translation_of = forms.CharField(
        label=_("Translation of"),
        help_text=_("The address of the article that this one says in another language."),
        max_length=500,
        required=False,
    )
    campaign = forms.ModelChoiceField(
        label=_("Campaign"), queryset=Campaign.objects.all(), required=False
    )
    source_name = forms.CharField(label=_("First published by"), max_length=120, required=False)
    source_url = forms.CharField(label=_("Where"), max_length=500, required=False)
    slug = forms.CharField(
        label=_("Address"),
        help_text=_(
            "The last part of the page's address; made of the headline when left empty."
            " An old address goes on working."
        ),
        max_length=SLUG_LENGTH,
        required=False,
    )
    # What was saved last when the page was opened: nobody overwrites somebody else unseen.
    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    publish_at = forms.DateTimeField(
        label=_("Publish at"),
        help_text=_("Leave empty to publish now."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_seen(self) -> datetime | None:
        """The moment, or None for what is no moment."""
        try:
            return parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            return None

    def clean_translation_of(self) -> Article | None:
        """The article at the address that was pasted, in whatever form."""
        typed = self.cleaned_data["translation_of"].strip()
        if not typed:
            return None
        try:
            path = unquote(urlsplit(typed).path)
        except ValueError:  # square brackets that hold no IPv6 address
            path = ""
        slug = path.rstrip("/").rpartition("/")[2].replace("\x00", "")
        original = Article.objects.filter(slug=slug).first()
        if original is None:
            raise ValidationError(_("There is no article with this address here; copy it again."))
        return original

    def go_on_from(self, article: Article) -> None:
        """Show what was typed again, as an edit of what is saved now."""
        data = cast(QueryDict, self.data).copy()
        data["seen"] = article.updated_at.isoformat()
        self.data = data

    def text(self) -> ArticleText:
        """What was written, for the services."""
        data = self.cleaned_data
        return ArticleText(
            **{name: data[name] for name in (*_SHOWN, "translation_of", "new_category")},
            categories=list(data["categories"]),
        )

    def picture_change(self) -> PictureChange:
        """The picture that was chosen, or the wish to have none."""
        data = self.cleaned_data
        return PictureChange(upload=data["picture"] or None, remove=data["remove_picture"])


_SHOWN = (
    "title",
    "excerpt",
    "body",
    "picture_alt",
    "picture_caption",
    "kind",
    "byline",
    "language",
    "campaign",
    "source_name",
    "source_url",
    "slug",
)


def initial(article: Article) -> dict[str, Any]:
    """What the form shows of an article."""
    at = article.published_at
    return {
        **{name: getattr(article, name) for name in _SHOWN},
        "categories": list(article.categories.all()),
        "seen": article.updated_at.isoformat(),
        # The field knows no seconds; with them the time would count as changed.
        "publish_at": at.replace(second=0, microsecond=0) if at else None,
    }


class FindForm(forms.Form):
    """The search above the list."""

    q = forms.CharField(label=_("Headline, author or address"), max_length=100, required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("All")),
            ("draft", _("Drafts")),
            ("published", _("On the site")),
            ("coming", _("Still to come")),
        ],
        required=False,
    )
