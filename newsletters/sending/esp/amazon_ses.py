"""Amazon SES (API v2): SendEmail takes one finished message; it knows no keys.

It puts a Message-ID and a Date of its own in the place of ours, so it signs
them too: a signature of ours would not outlive that.
"""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from anymail.exceptions import AnymailAPIError, AnymailError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)
from django.conf import settings
from django.core.mail import get_connection

from newsletters.sending.esp.answers import CallLost, CallRefused, end, is_distrust
from newsletters.sending.esp.mails import whole
from newsletters.sending.esp.provider import (
    CONNECT_SECONDS,
    UNREADABLE,
    Provider,
    judged,
    read_seconds,
)
from newsletters.sending.feed import Envelope
from newsletters.sending.replies import Outcome, Phase
from newsletters.sending.trouble import TransportTrouble

NO_KEY = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
NOT_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
ACCOUNT = frozenset(
    {"AccountSuspendedException", "MailFromDomainNotVerifiedException", "SendingPausedException"}
)
# The daily quota too, under a status of 400.
TOO_MANY = frozenset({"TooManyRequestsException", "LimitExceededException", "ThrottlingException"})


class AmazonSes(Provider):
    """One mail a call. The AWS library is told not to repeat a call by itself."""

    name: ClassVar[str] = "amazon_ses"

    def __init__(self) -> None:
        params = dict(settings.ANYMAIL.get("AMAZON_SES_CLIENT_PARAMS", {}))
        params["config"] = {
            "retries": {"total_max_attempts": 1},
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": read_seconds(),
        }
        self.backend: Any = get_connection(
            "anymail.backends.amazon_ses.EmailBackend", client_params=params
        )
        try:
            self.backend.open()
        except BotoCoreError as error:
            raise TransportTrouble(Phase.AUTH, f"the AWS settings: {error}") from error

    def close(self) -> None:
        """End the HTTP connections."""
        self.backend.close()

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """One call, as ``Provider.send`` promises."""
        (envelope,) = envelopes
        try:
            message = whole(envelope)
            payload = self.backend.build_message_payload(message, self.backend.send_defaults)
        except (AnymailError, *UNREADABLE) as error:
            raise CallRefused("", f"the provider cannot carry it: {error}"[:200]) from error
        # Where Anymail's webhook looks for it when SES tells of a bounce.
        metadata = f"X-Metadata: {json.dumps(message.metadata)}\r\n".encode()
        content = {"Raw": {"Data": metadata + envelope.message}}
        answer = self._post({**payload.params, "Content": content})
        try:
            found = payload.parse_recipient_status(answer)
        except (AnymailAPIError, *UNREADABLE) as error:
            raise CallLost("", "the provider's answer cannot be read") from error
        return [judged({status.status for status in found.values()})]

    def _post(self, params: dict[str, Any]) -> Any:
        try:
            return self.backend.client.send_email(**params)
        except ClientError as error:
            raise _end_of(error) from error
        except NO_KEY as error:
            raise TransportTrouble(Phase.AUTH, f"the AWS settings: {error}") from error
        except NOT_CONNECTED as error:
            raise TransportTrouble(Phase.CONNECT, "the provider cannot be reached") from error
        except BotoCoreError as error:
            if is_distrust(error.kwargs.get("error")):
                raise TransportTrouble(Phase.TLS, "the provider is not who it says") from error
            raise CallLost("", f"no answer from the provider ({type(error).__name__})") from error


def _end_of(error: ClientError) -> Exception:
    """What the refusal means; AWS names its reasons by words."""
    said, about = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    code, text = str(said.get("Code", "")), str(said.get("Message", ""))[:200]
    status = int(about.get("HTTPStatusCode", 0))
    if code in ACCOUNT:
        return TransportTrouble(Phase.AUTH, f"the provider answered {code}: {text}")
    found = end(429 if code in TOO_MANY else status, text, about.get("HTTPHeaders", {}))
    return CallRefused(code[:12], text) if isinstance(found, CallRefused) else found
