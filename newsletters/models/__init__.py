"""People and post.

Direction inside: contacts → lists → consent, suppressions, segments → mailings, transports →
deliveries → digests.

Other apps import models from here, never from the modules.
"""

from newsletters.models.alarms import Alarm
from newsletters.models.consent import ConsentAct, ConsentEvent, ConsentWording
from newsletters.models.contacts import Contact, DigestFrequency, Tag, Topic
from newsletters.models.deliveries import Claim, Delivery, DeliveryBody
from newsletters.models.digests import Digest, DigestIssue, DigestRead
from newsletters.models.imports import ImportChange, ImportJob, ImportPolicy, ImportRowError
from newsletters.models.limits import DayKey, Limit
from newsletters.models.lists import MailingList, Subscription
from newsletters.models.mailings import Mailing, MailingText, MailingVersion
from newsletters.models.pulse import Pulse
from newsletters.models.restores import Watermark
from newsletters.models.segments import Segment
from newsletters.models.suppressions import Suppression
from newsletters.models.transports import (
    Allowance,
    DkimKey,
    ReceiverPace,
    SenderDomain,
    Transport,
)

__all__ = [
    "Alarm",
    "Allowance",
    "Claim",
    "ConsentAct",
    "ConsentEvent",
    "ConsentWording",
    "Contact",
    "DayKey",
    "Delivery",
    "DeliveryBody",
    "Digest",
    "DigestFrequency",
    "DigestIssue",
    "DigestRead",
    "DkimKey",
    "ImportChange",
    "ImportJob",
    "ImportPolicy",
    "ImportRowError",
    "Limit",
    "Mailing",
    "MailingList",
    "MailingText",
    "MailingVersion",
    "Pulse",
    "ReceiverPace",
    "Segment",
    "SenderDomain",
    "Subscription",
    "Suppression",
    "Tag",
    "Topic",
    "Transport",
    "Watermark",
]
