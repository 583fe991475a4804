"""The operations on webhooks. What is told, when, and what was not taken, is for the couriers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import current_app, g

from quizsvc.api.blueprint import api, engine, requires, token, writing
from quizsvc.api.described import BODY, HERE, NOW, QUERY, described, errors, link, reads
from quizsvc.api.paging import Portion, next_cursor
from quizsvc.api.webhook_models import MessagesOut, NewWebhookOut, WebhookOut, WebhookRequest, WebhooksOut
from quizsvc.services import programs, webhooks
from quizsvc.services.sealing import NONCE_BYTES
from quizsvc.store.database import reading

if TYPE_CHECKING:
    from quizsvc.store.api_models import Webhook, WebhookMessage

TAG = "Webhooks"
SCOPE = "webhooks"
OF_WEBHOOK = {
    "itself": link("getWebhook", webhook_id="$response.body#/id"),
    "messages": link("listWebhookMessages", webhook_id="$response.body#/id"),
    "remove": link("removeWebhook", webhook_id="$response.body#/id"),
}


@api.get("/api/v1/webhooks")
@requires(SCOPE)
@api.input(Portion, location="query", arg_name="wanted")
@api.output(WebhooksOut)
@api.doc(**described("listWebhooks", SCOPE, reads(**QUERY), TAG))
def list_webhooks(wanted: Portion) -> dict[str, Any]:
    """List the addresses that are told what happens."""
    with reading(engine()) as session:
        found = webhooks.list_webhooks(session, wanted.rows, course_id=token().course_id)
    return {"items": [_webhook(one) for one in found[: wanted.limit]], "next": next_cursor(found, wanted)}


@api.post("/api/v1/webhooks")
@requires(SCOPE)
@api.input(WebhookRequest, location="json", arg_name="wanted")
@api.output(NewWebhookOut, status_code=201, links=OF_WEBHOOK)
@api.doc(
    **described("createWebhook", SCOPE, errors(**BODY, **HERE, **NOW, _502="The name in the URL leads nowhere."), TAG)
)
def create_webhook(wanted: WebhookRequest) -> dict[str, Any]:
    """Have an address told of finished attempts and changed scores, from now on.

    It is sent a POST for each, signed with the secret that is shown this once. See the guide for how to check it.
    """
    with reading(engine()) as session:
        course = programs.get_course(session, token(), wanted.course)
    current_app.extensions["outside"].check(wanted.url)
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    new = webhooks.NewWebhook(course.id, wanted.url, wanted.events, secret)
    with writing() as session:
        made = webhooks.create_webhook(
            session, new, seal=current_app.extensions["seal"], nonce=secrets.token_bytes(NONCE_BYTES), now=g.now
        )
        return _webhook(made) | {"secret": secret}


@api.get("/api/v1/webhooks/<int:webhook_id>")
@requires(SCOPE)
@api.output(WebhookOut)
@api.doc(**described("getWebhook", SCOPE, reads(**HERE), TAG))
def get_webhook(webhook_id: int) -> dict[str, Any]:
    """Tell of one address."""
    with reading(engine()) as session:
        return _webhook(webhooks.get_webhook(session, webhook_id, course_id=token().course_id))


@api.delete("/api/v1/webhooks/<int:webhook_id>")
@requires(SCOPE)
@api.output({}, status_code=204)
@api.doc(**described("removeWebhook", SCOPE, errors(**HERE), TAG))
def remove_webhook(webhook_id: int) -> str:
    """Tell an address nothing more."""
    with writing() as session:
        found = webhooks.get_webhook(session, webhook_id, course_id=token().course_id)
        webhooks.remove_webhook(found, now=g.now)
    return ""


@api.get("/api/v1/webhooks/<int:webhook_id>/messages")
@requires(SCOPE)
@api.input(Portion, location="query", arg_name="wanted")
@api.output(MessagesOut)
@api.doc(**described("listWebhookMessages", SCOPE, reads(**QUERY, **HERE), TAG))
def list_messages(webhook_id: int, wanted: Portion) -> dict[str, Any]:
    """List what an address was told, or will be, and what it did not take."""
    with reading(engine()) as session:
        webhook = webhooks.get_webhook(session, webhook_id, course_id=token().course_id)
        found = webhooks.messages_of(session, webhook, wanted.rows)
    return {"items": [_message(one) for one in found[: wanted.limit]], "next": next_cursor(found, wanted)}


def _webhook(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "course": webhook.course.slug,
        "url": webhook.url,
        "events": webhook.events,
        "created_at": webhook.created_at,
    }


def _message(message: WebhookMessage) -> dict[str, Any]:
    return {
        "id": message.message_id,
        "event": message.event,
        "body": message.body,
        "created_at": message.created_at,
        "tries": message.tries,
        "next_try_at": message.next_try_at,
        "sent_at": message.sent_at,
        "failed_at": message.failed_at,
        "reason": message.reason,
    }
