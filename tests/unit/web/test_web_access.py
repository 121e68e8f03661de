"""Keys and quotas over HTTP: who may make, see and change whose, and what the audit log says of it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from two_tenants import OURS, THEIRS, TOKEN, Place, two_tenants

from automl_tl.domain.audit import Wanted
from automl_tl.domain.caller import Role
from automl_tl.domain.quota import Quota


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with two_tenants(tmp_path_factory.mktemp("access")) as place:
        yield place


@pytest.fixture
def operator(place: Place) -> TestClient:
    client = place.client("default")
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    return client


def make(client: TestClient, **body: object) -> dict[str, object]:
    answer = client.post("/api/v1/keys", json={"role": "viewer", **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_key_is_told_once_opens_its_own_tenant_and_is_revoked(place: Place) -> None:
    admin = place.client(OURS)

    made = make(admin, role="submitter", label="nightly", expires="90d")
    with TestClient(place.app, base_url=str(admin.base_url)) as holder:
        holder.headers["Authorization"] = f"Bearer {made['key']}"
        who = holder.get("/api/v1/caller").json()
        listed = admin.get("/api/v1/keys")
        revoked = admin.post(f"/api/v1/keys/{made['id']}/revoke").json()
        after = holder.get("/api/v1/caller")

    assert (who["tenant"], who["role"], who["key"], who["may_write"]) == (OURS, "submitter", made["id"], True)
    (row,) = (row for row in listed.json()["keys"] if row["id"] == made["id"])
    assert row["expires"] == pytest.approx(row["created"] + 90 * 86400, abs=5)
    assert str(made["key"]) not in listed.text and "key" not in row
    assert revoked["revoked"] is not None and after.status_code == 401


def test_tenants_admin_reaches_its_own_keys_and_the_operator_everybodys(
    place: Place, operator: TestClient
) -> None:
    ours, theirs = place.client(OURS), place.client(THEIRS)
    made = make(ours)

    refused = theirs.post("/api/v1/keys", json={"role": "viewer", "tenant": OURS})
    unseen = theirs.post(f"/api/v1/keys/{made['id']}/revoke")
    asked = theirs.get("/api/v1/keys", params={"tenant": OURS})

    assert (refused.status_code, unseen.status_code, asked.status_code) == (403, 404, 403)
    assert {row["tenant"] for row in theirs.get("/api/v1/keys").json()["keys"]} == {THEIRS}
    assert {OURS, THEIRS} <= {row["tenant"] for row in operator.get("/api/v1/keys").json()["keys"]}
    assert make(operator, tenant="fresh")["tenant"] == "fresh"
    assert operator.post(f"/api/v1/keys/{made['id']}/revoke").json()["id"] == made["id"]


def test_quota_is_the_operators_to_grant_and_the_tenants_to_see(place: Place, operator: TestClient) -> None:
    body = {"tenant": OURS, "running_jobs": 2, "compute_seconds": 3600}

    refused = place.client(OURS).post("/api/v1/quotas", json=body)
    granted = operator.post("/api/v1/quotas", json=body)

    row = {"tenant": OURS, "running_jobs": 2, "compute_seconds": 3600.0, "running": 0, "used_seconds": 0.0}
    assert refused.status_code == 403
    assert granted.json() == row
    assert place.client(OURS, Role.VIEWER).get("/api/v1/quotas").json() == {"tenants": [row]}
    assert len(operator.get("/api/v1/quotas").json()["tenants"]) > 1
    assert place.store.quotas()[OURS] == Quota(running_jobs=2, compute_seconds=3600.0)


def test_what_was_done_and_refused_is_in_the_audit_log(place: Place, operator: TestClient) -> None:
    admin, submitter = place.client(OURS), place.client(OURS, Role.SUBMITTER)

    made = make(admin, label="noted")
    admin.post(f"/api/v1/keys/{made['id']}/revoke")
    submitter.post("/api/v1/keys", json={"role": "admin"})
    operator.post("/api/v1/quotas", json={"tenant": "noted"})

    noted = place.store.deeds(Wanted(limit=7))
    told = [(n.deed.tenant, n.deed.action, n.status) for n in reversed(noted)]
    assert told == [
        (OURS, "keys create", None),
        (OURS, "POST /api/v1/keys", None),
        (OURS, "POST /api/v1/keys/{id}/revoke", None),
        (OURS, "keys revoke", None),
        (OURS, "POST /api/v1/keys", 403),
        ("default", "POST /api/v1/quotas", None),
        ("noted", "quota set", None),
    ]
    assert not any(str(made["key"]) in str(n) for n in noted)


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("keys", {"role": "viewer", "tenant": "Acme.x"}, "tenant 'Acme.x': expected 1 to 63"),
        ("keys", {"role": "viewer", "expires": "soon"}, "expires: 'soon' is not a duration"),
        ("keys", {"role": "viewer", "expires": "9" * 400}, "more than a century"),
        ("keys", {"role": "viewer", "label": "a\nb"}, "expected text that can be printed"),
        ("keys", {"role": "owner"}, "role"),
        ("quotas", {"tenant": ""}, "tenant ''"),
        ("quotas", {"tenant": "acme", "running_jobs": -1}, "running_jobs"),
    ],
)
def test_bad_input_is_one_sentence(
    operator: TestClient, path: str, body: dict[str, object], sentence: str
) -> None:
    answer = operator.post(f"/api/v1/{path}", json=body)

    assert answer.status_code in (400, 422)
    assert sentence in answer.json()["detail"]


def test_routes_are_described_with_their_answers(place: Place) -> None:
    paths = place.app.openapi()["paths"]

    made = paths["/api/v1/keys"]["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    asked = paths["/api/v1/quotas"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert made["$ref"].endswith("/MadeKeyAnswer")
    assert asked["$ref"].endswith("/QuotaBody")
