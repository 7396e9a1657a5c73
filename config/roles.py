"""What each role may do. A person may have several: groups add up."""

from collections.abc import Iterable


def _all(app: str, *models: str, acts: Iterable[str] = ("view", "add", "change")) -> set[str]:
    return {f"{app}.{act}_{model}" for model in models for act in acts}


_CONTENT = _all(
    "campaigns", "campaign", "article", "category", "case", "urgentaction", "target", "event"
) | {"campaigns.view_letter", "campaigns.view_rsvp"}
_PETITIONS = _all("petitions", "petition") | _all("petitions", "signature", acts=("view", "change"))
_MAILINGS = _all("newsletters", "mailing", "digest", "segment") | {"newsletters.delete_segment"}
_PEOPLE_TO_READ = {"newsletters.view_contact", "newsletters.view_mailinglist"}

ORGANISER = _CONTENT | _PETITIONS | _MAILINGS | _PEOPLE_TO_READ

ADMIN = (
    ORGANISER
    | _all("newsletters", "contact", "mailinglist", "importjob", "suppression", "tag", "topic")
    | _all("newsletters", "contact", "importjob", "customfield", acts=("delete",))
    | _all("newsletters", "customfield")
    | _all("newsletters", "senderdomain")
    | _all("newsletters", "bulkchange", "export", acts=("view", "add"))
    | _all("newsletters", "transport", acts=("view", "change"))
    | {"newsletters.export_contact", "newsletters.approve_mailing"}
    # Mails in the outbox hold other people's links.
    | {"newsletters.view_delivery"}
)

APPROVER = {"newsletters.view_mailing", "newsletters.approve_mailing"}

ROLES = {
    "admin": frozenset(ADMIN),
    "organiser": frozenset(ORGANISER),
    "approver": frozenset(APPROVER),
}
