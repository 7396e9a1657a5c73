"""A finished text made for readers who do not exist: whoever it fails for would get nothing."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.compose.fields import LinkMaker, Reader, Somebody
from newsletters.compose.heads import Letterhead
from newsletters.compose.skeleton import Skeleton, Words
from newsletters.errors import NewsletterError

ADDRESS = "reader@example.org"
LETTERHEAD = Letterhead(f"Trial <{ADDRESS}>")
# An ordinary reader, one who told us nothing, and names that look like something else.
READERS = (
    Somebody(1, "Anna", "Marku", "en", "AT", "1010", ADDRESS),
    Somebody(2, "", "", "", "", "", ADDRESS),
    Somebody(3, "إيمان", "🕊" * 50, "ar", "XK", "99999-9999", ADDRESS),
    Somebody(4, "{{ given_name }}", '"<b>&amp;=?x?=', "de", "US", "0", ADDRESS),
)


def objections(words: Words) -> list[str]:
    """A sentence for the first reader for whom the mail cannot be made; empty: for nobody."""
    try:
        skeleton = Skeleton(words, LETTERHEAD, LinkMaker())
    except (NewsletterError, LookupError, ValueError) as error:
        return [_("The mail cannot be made: %(why)s") % {"why": _short(error)}]
    return list(_failures(skeleton))[:1]


def _failures(skeleton: Skeleton) -> Iterator[str]:
    for reader in READERS:
        try:
            skeleton.build(Reader(0, reader), reader.email, timezone.now())
        except (NewsletterError, LookupError, ValueError) as error:
            name = f"{reader.given_name} {reader.family_name}".strip() or _("without a name")
            yield _("The mail cannot be made for a reader (%(name)s): %(why)s") % {
                "name": name,
                "why": _short(error),
            }


def _short(error: Exception) -> str:
    """Liquid says it in one line, and draws where in the next."""
    return str(error).partition("\n")[0]
