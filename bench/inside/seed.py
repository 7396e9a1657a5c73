"""People and a mailing to all of them, about to be started.

``python -m bench.inside.seed 20000 10240 [expanding|approved]`` prints the mailing's id.
"""

import json
import sys

from django.contrib.auth.models import User

from bench.inside.fill import members
from newsletters.models import Mailing, MailingList, MailingVersion
from newsletters.states import MailingState
from tests.stories import HTML, TEXT

SENTENCE = "She is a nurse and a union delegate, and nobody outside has seen her since October. "
# What headers, text part and the frame of the story take of the whole.
REST_BYTES = 1_900


def main(recipients: int, size: int, state: str = MailingState.EXPANDING) -> None:
    """Make the rows."""
    by, _ = User.objects.get_or_create(username="aigul", is_staff=True, is_superuser=True)
    mailing_list = MailingList.objects.create(name=f"List of {recipients}", slug=f"l{recipients}")
    members(recipients, mailing_list)
    mailing = Mailing.objects.create(
        name="Let the nurse see a doctor", state=state, approved_by=by, created_by=by
    )
    mailing.lists.add(mailing_list)
    MailingVersion.objects.create(
        mailing=mailing,
        number=1,
        sender="Free Mira <campaign@testserver>",
        list_id="Appeals <appeals.testserver>",
        parts={"en": {"": _words(size)}},
        content_hash="0" * 64,
    )
    print(json.dumps({"mailing": mailing.pk}))


def _words(size: int) -> dict[str, str]:
    paragraphs = max(0, size - REST_BYTES) // (len(SENTENCE) + 12)
    html = HTML.replace("{filler}", f"<p>{SENTENCE}</p>\n" * paragraphs)
    return {"subject": "Write for Mira Osk", "html": html, "text": TEXT}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
