"""A provider's API spoken over loopback: what its answers mean for the row."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from newsletters.models import Delivery, Suppression, Transport
from newsletters.sending import engine
from newsletters.states import DeliveryState, Lane
from tests.infra.redis import free_port
from tests.stories import half_sent, states

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Provider:
    """A server that speaks Postmark's /email: answers with ``status`` and ``error``."""

    status: int = 200
    error: int = 0
    # Hang up without an answer: before reading the request is over, or after having taken it.
    silent: bool = False
    taken: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    def answer(self, mail: dict[str, Any]) -> dict[str, Any]:
        """What the provider says to one mail."""
        if self.status == 200 and not self.error:
            self.taken.append(mail)
        return {
            "To": mail["To"],
            "ErrorCode": self.error,
            # Anymail reads the refused addresses out of this sentence.
            "Message": f"inactive addresses: {mail['To']}. Inactive recipients are …"
            if self.error
            else "OK",
            "MessageID": f"m-{len(self.taken)}",
        }


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    """The provider, and settings that lead to it."""
    script = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            mail = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(script.answer(mail)).encode()
            if script.silent:
                self.close_connection = True
                return
            self.send_response(script.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    script.port = server.server_address[1]
    use(settings, script.port)
    yield script
    server.shutdown()
    server.server_close()


def use(settings: Settings, port: int) -> None:
    """Send through the provider at ``port``."""
    settings.MAIL_URL = "anymail://postmark"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "a token of no worth",
        "POSTMARK_API_URL": f"http://127.0.0.1:{port}/",
    }


def test_a_mailing_goes_out_through_the_provider_one_mail_a_call(provider: Provider) -> None:
    mailing = half_sent(5)
    assert engine.run(Lane.BULK) == 5
    assert states(mailing) == {DeliveryState.ACCEPTED: 5}
    assert sorted(mail["To"] for mail in provider.taken) == [f"p{n}@example.org" for n in range(5)]
    mail = provider.taken[0]
    headers = {header["Name"]: header["Value"] for header in mail["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<http://testserver/u/")
    assert headers["Message-ID"].endswith("@testserver>")
    assert "Person" in mail["TextBody"]
    assert "Person" in mail["HtmlBody"]
    assert mail["TrackOpens"] is False
    assert mail["TrackLinks"] == "None"
    assert mail["Metadata"]["delivery"] in {str(row.pk) for row in Delivery.objects.all()}


@pytest.mark.parametrize(
    ("status", "error", "state"),
    [
        (422, 300, DeliveryState.REFUSED),
        (422, 406, DeliveryState.REFUSED),
        (429, 0, DeliveryState.READY),
        (500, 0, DeliveryState.UNSURE),
    ],
)
def test_an_answer_of_the_provider_decides_the_row_and_suppresses_nobody(
    provider: Provider, status: int, error: int, state: DeliveryState
) -> None:
    provider.status, provider.error = status, error
    mailing = half_sent(1)
    assert engine.run(Lane.BULK) == 0
    assert states(mailing) == {state: 1}
    assert not Suppression.objects.exists()


def test_no_answer_leaves_the_row_in_doubt(provider: Provider) -> None:
    provider.silent = True
    mailing = half_sent(1)
    engine.run(Lane.BULK)
    assert states(mailing) == {DeliveryState.UNSURE: 1}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_rests_the_transport_and_charges_nobody(
    provider: Provider, status: int
) -> None:
    provider.status = status
    half_sent(3)
    assert engine.run(Lane.BULK) == 0
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.READY, 0)}
    assert str(status) in Transport.objects.get().reason


def test_a_provider_that_cannot_be_reached_rests_the_transport(settings: Settings) -> None:
    use(settings, free_port())
    half_sent(2)
    assert engine.run(Lane.BULK) == 0
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.READY, 0)}
    assert Transport.objects.get().failures == 1
