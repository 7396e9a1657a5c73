"""Six providers' APIs: what they check and what they say."""

from tests.infra.provider import Api
from tests.infra.providers.amazon_ses import AmazonSes
from tests.infra.providers.brevo import Brevo
from tests.infra.providers.mailgun import Mailgun
from tests.infra.providers.mailjet import Mailjet
from tests.infra.providers.postmark import Postmark
from tests.infra.providers.resend import Resend

APIS: dict[str, Api] = {
    api.name: api for api in (AmazonSes(), Brevo(), Mailgun(), Mailjet(), Postmark(), Resend())
}
