"""The API's documentation as a page, made from its OpenAPI description."""

from typing import Any

from fastapi import APIRouter, Request, Response

from automl_tl.web.render import render

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
def show_docs(request: Request) -> Response:
    """Every route, its parameters and the keys of its body."""
    return render(request, "docs.html", values={"groups": _groups(request.app.openapi())})


def _groups(openapi: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    schemas = openapi.get("components", {}).get("schemas", {})
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            entry = {
                "method": method.upper(),
                "path": path,
                "text": operation.get("description", ""),
                "parameters": operation.get("parameters", []),
                "keys": _body_keys(operation, schemas),
            }
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(entry)
    return groups


def _body_keys(operation: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys of a JSON body: name, kind, default, description, whether it is required."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    schema = schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
    return [
        {
            "name": name,
            "kind": _kind(key, schemas),
            "default": key.get("default"),
            "text": key.get("description", ""),
            "required": name in schema.get("required", []),
        }
        for name, key in schema.get("properties", {}).items()
    ]


def _kind(key: dict[str, Any], schemas: dict[str, Any]) -> str:
    """What a value may be, in a word or two."""
    if "$ref" in key:
        return _kind(schemas.get(key["$ref"].rpartition("/")[2], {}), schemas)
    if "enum" in key:
        return " | ".join(map(str, key["enum"]))
    if "anyOf" in key:
        kinds = (_kind(part, schemas) for part in key["anyOf"])
        return " or ".join(kind for kind in kinds if kind != "null")
    return str(key.get("type", "any"))
