"""A member of staff who presses buttons: ``send MAILING`` or ``pause MAILING`` on standard input.

Answers each line with the moment of pressing.
"""

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402  # Django must stand first

from newsletters.models import Mailing  # noqa: E402  # likewise
from newsletters.services import mailings  # noqa: E402  # likewise


def main() -> None:
    """Press until nothing more is asked for."""
    by = User.objects.get(username="aigul")
    for line in sys.stdin:
        button, number = line.split()
        mailing = Mailing.objects.get(pk=number)
        moment = time.time()
        if button == "send":
            mailings.send_now(mailing=mailing, by=by)
        else:
            mailings.pause(mailing=mailing)
        print(json.dumps({"moment": moment}), flush=True)


if __name__ == "__main__":
    main()
