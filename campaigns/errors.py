"""What the campaigns app refuses, as classes a view or a command can catch."""

from django.utils.translation import gettext_lazy as _

from newsletters.errors import NewsletterError


class CampaignError(NewsletterError):
    """Something a campaign says or asks was refused; the sentence may be shown to the person."""


class ArticleRefused(CampaignError):
    """An article cannot make this move; ``code`` names the field that has to be mended."""

    code = "article"
    message = _("This cannot be done with the article as it stands.")


class PictureRefused(CampaignError):
    """A file is not a picture we can show."""

    code = "picture"
    message = _("This file is not a picture we can show. Use a JPEG, PNG or WebP file.")


class WordPressRefused(CampaignError):
    """A file is not an export we can import; nothing was written."""

    code = "wordpress"
    message = _("This file is not a WordPress export (WXR).")


class FactRefused(CampaignError):
    """A model letter asks for a fact that cannot be filled in."""

    code = "fact"
    message = _("This fact cannot be filled in.")


class LetterRefused(CampaignError):
    """A supporter's text cannot be sent as it is."""

    code = "letter"
    message = _("This letter cannot be sent as it is.")


class ActionRefused(CampaignError):
    """An urgent action cannot make this move; ``code`` names the field that has to be mended."""

    code = "action"
    message = _("This cannot be done with the urgent action as it stands.")


class CaseRefused(CampaignError):
    """A case cannot be saved like this; ``code`` names the field that has to be mended."""

    code = "case"
    message = _("The case cannot be saved like this.")


class EventRefused(CampaignError):
    """An event cannot be like this; ``code`` names the field that has to be mended."""

    code = "event"
    message = _("This cannot be done with the event as it stands.")
