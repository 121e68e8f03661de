"""The API of webhooks: addresses that a tenant wants told of decisions, failures and missed schedules."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from automl_tl.domain.webhook import Webhook, new_secret
from automl_tl.errors import Conflict, NotFound
from automl_tl.web.parts import Given, Parts
from automl_tl.web.schemas import WebhookBody
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["webhooks"])
MOST = 20


@router.post("/webhooks", status_code=201)
def add_webhook(parts: Given, body: WebhookBody, response: Response) -> Json:
    """Tell an address that the operator allows; ``secret`` signs what is sent, and is shown this once."""
    parts.settings.webhook_policy.destination(body.url)
    if len(parts.store.webhooks(tenant=parts.tenant)) >= MOST:
        raise Conflict(f"there are {MOST} webhooks already, the most of one tenant: remove one first")
    made = parts.store.add_webhook(
        tenant=parts.tenant, url=body.url, occasions=tuple(dict.fromkeys(body.on)), secret=new_secret()
    )
    response.headers["Location"] = f"/api/v1/webhooks/{made.id}"
    return {**_webhook_json(made), "secret": made.secret}


@router.get("/webhooks")
def list_webhooks(parts: Given) -> Json:
    """Every webhook, without its secret."""
    return {"webhooks": [_webhook_json(one) for one in parts.store.webhooks(tenant=parts.tenant)]}


@router.get("/webhooks/{id}")
def show_webhook(parts: Given, id: str) -> Json:
    """One webhook, and how its newest deliveries stand."""
    found = _own(parts, id)
    return {**_webhook_json(found), "deliveries": [asdict(sent) for sent in parts.store.sent(found.id)]}


@router.post("/webhooks/{id}/remove")
def remove_webhook(parts: Given, id: str) -> Json:
    """Tell it nothing more, not even what waits."""
    found = _own(parts, id)
    parts.store.remove_webhook(found.id, tenant=parts.tenant)
    return _webhook_json(found)


def _own(parts: Parts, id: str) -> Webhook:
    for webhook in parts.store.webhooks(tenant=parts.tenant):
        if webhook.id == id:
            return webhook
    raise NotFound(f"there is no webhook {id}")


def _webhook_json(webhook: Webhook) -> Json:
    return {
        "webhook": webhook.id,
        "url": webhook.url,
        "on": [str(occasion) for occasion in webhook.occasions],
        "created": webhook.created,
    }
