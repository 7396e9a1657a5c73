"""AmazonSes's API as its documentation describes it."""

import base64
import json
import uuid
from typing import Any

from tests.infra.provider import Letter, Refusal, Request
from tests.infra.providers.base import TOKEN, Base, mime_letter, must, parsed


class AmazonSes(Base):
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"""

    name = "amazon_ses"

    def settings(self, port: int) -> dict[str, Any]:
        """What boto3 asks for; the address in the place of a region's."""
        return {
            "AMAZON_SES_CLIENT_PARAMS": {
                "aws_access_key_id": "key",
                "aws_secret_access_key": TOKEN,
                "region_name": "eu-central-1",
                "endpoint_url": f"http://127.0.0.1:{port}",
            }
        }

    def letters(self, request: Request) -> list[Letter]:
        """One finished message, signed for."""
        signed = request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
        must(signed, self.trouble(403))
        must(request.path == "/v2/email/outbound-emails", Refusal(404, {}))
        call = request.json()
        must(set(call) == {"Destination", "Content"}, self._error("BadRequestException"))
        raw = base64.b64decode(call["Content"]["Raw"]["Data"])
        (to,) = call["Destination"]["ToAddresses"]
        delivery = json.loads(str(parsed(raw)["X-Metadata"]))["delivery"]
        return [mime_letter(raw, to, delivery, None)]

    def answer(self, letters: list[Letter], bad: set[str]) -> tuple[int, dict[str, Any]]:
        """One id."""
        must(letters[0].to not in bad, self._error("MessageRejected"))
        return 200, {"MessageId": f"0107-{uuid.uuid4()}-000000"}

    def trouble(self, status: int) -> Refusal:
        """The reason stands in a header."""
        names = {
            401: "UnrecognizedClientException",
            403: "InvalidSignatureException",
            429: "TooManyRequestsException",
        }
        return self._error(names.get(status, "BadRequestException"), status)

    def _error(self, name: str, status: int = 400) -> Refusal:
        return Refusal(status, {"message": "No."}, {"x-amzn-ErrorType": name})
