"""A member of staff who presses buttons: ``send MAILING`` or ``pause MAILING`` on standard input.

Answers each line with the moment of pressing.
"""

import json
import sys
import time

from django.contrib.auth.models import User

from newsletters.models import Mailing
from newsletters.services import mailings


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
