"""What an address of a webhook must be, whoever asks for it."""

from __future__ import annotations

import pytest

from quizsvc.errors import Invalid
from quizsvc.services.sealing import Seal
from quizsvc.services.webhooks import NewWebhook, create_webhook
from quizsvc.store.database import transaction


@pytest.mark.parametrize(
    ("url", "events", "where"),
    [("https://a.example.org/", [], "events"), ("https://a.example.org/" + "x" * 1000, ["score.changed"], "url")],
)
def test_an_address_without_events_or_without_end_is_refused(classroom, url, events, where):
    wanted, seal = NewWebhook(1, url, events, "whsec_1"), Seal("k" * 40)
    with transaction(classroom.engine) as session, pytest.raises(Invalid, match="needs an event") as refusal:
        create_webhook(session, wanted, seal=seal, nonce=bytes(12), now=classroom.now)
    assert [detail.where for detail in refusal.value.details] == [where]
