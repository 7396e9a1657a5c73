"""People and post.

Direction inside: contacts → lists → consent, suppressions, segments → mailings, transports →
deliveries → digests, tracking.

Other apps import models from here, never from the modules.
"""

from newsletters.models.alarms import Alarm
from newsletters.models.bulk import (
    BulkChange,
    BulkChangeRow,
    BulkKind,
    BulkState,
    Export,
    ExportFormat,
)
from newsletters.models.consent import ConsentAct, ConsentEvent, ConsentWording
from newsletters.models.contacts import Contact, ContactTag, DigestFrequency, Tag, Topic
from newsletters.models.custom_fields import CustomField
from newsletters.models.deliveries import Claim, Delivery, DeliveryBody
from newsletters.models.digests import Digest, DigestIssue, DigestRead
from newsletters.models.doubles import Double, DoubleReason, DoubleWalk, NameKey
from newsletters.models.imports import (
    ImportChange,
    ImportJob,
    ImportPolicy,
    ImportRowError,
    ImportShape,
    StagedPerson,
)
from newsletters.models.limits import DayKey, Limit
from newsletters.models.lists import MailingList, Subscription
from newsletters.models.mailings import Mailing, MailingText, MailingVersion
from newsletters.models.people import (
    ActKind,
    AddressChange,
    Different,
    Merge,
    Note,
    OtherAddress,
    StaffAct,
)
from newsletters.models.pulse import Pulse
from newsletters.models.restores import Watermark
from newsletters.models.segments import Segment
from newsletters.models.suppressions import Forgotten, Suppression
from newsletters.models.tracking import DeliveryEvent, TrackedLink
from newsletters.models.transports import (
    Allowance,
    DkimKey,
    ReceiverPace,
    SenderDomain,
    Transport,
)
from newsletters.states import FieldKind

__all__ = [
    "ActKind",
    "AddressChange",
    "Alarm",
    "Allowance",
    "BulkChange",
    "BulkChangeRow",
    "BulkKind",
    "BulkState",
    "Claim",
    "ConsentAct",
    "ConsentEvent",
    "ConsentWording",
    "Contact",
    "ContactTag",
    "CustomField",
    "DayKey",
    "Delivery",
    "DeliveryBody",
    "DeliveryEvent",
    "Different",
    "Digest",
    "DigestFrequency",
    "DigestIssue",
    "DigestRead",
    "DkimKey",
    "Double",
    "DoubleReason",
    "DoubleWalk",
    "Export",
    "ExportFormat",
    "FieldKind",
    "Forgotten",
    "ImportChange",
    "ImportJob",
    "ImportPolicy",
    "ImportRowError",
    "ImportShape",
    "Limit",
    "Mailing",
    "MailingList",
    "MailingText",
    "MailingVersion",
    "Merge",
    "NameKey",
    "Note",
    "OtherAddress",
    "Pulse",
    "ReceiverPace",
    "Segment",
    "SenderDomain",
    "StaffAct",
    "StagedPerson",
    "Subscription",
    "Suppression",
    "Tag",
    "Topic",
    "TrackedLink",
    "Transport",
    "Watermark",
]
