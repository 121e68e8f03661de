"""Panels and dashboards as values, and as the JSON that Grafana reads."""

from dataclasses import dataclass
from typing import Any

SOURCE = {"type": "prometheus", "uid": "automl-tl-prometheus"}
WIDTH, HEIGHT, ACROSS = 8, 7, 3  # of Grafana's 24 columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture: queries with their legends; ``kind`` and ``unit`` are Grafana's names."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    stacked: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One page; ``variables`` are labels to choose by, each with the metric that has it."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    since: str = "now-24h"
    variables: tuple[tuple[str, str], ...] = ()


def drawn(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard as Grafana reads it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["automl-tl"],
        "editable": False,
        "schemaVersion": 39,
        "version": 1,
        "refresh": "30s",
        "time": {"from": dashboard.since, "to": "now"},
        "templating": {"list": [_variable(*v, dashboard=dashboard) for v in dashboard.variables]},
        "annotations": {"list": []},
        "panels": [_panel(panel, number=number) for number, panel in enumerate(dashboard.panels)],
    }


def _variable(label: str, metric: str, *, dashboard: Dashboard) -> dict[str, Any]:
    earlier = [f'{before}="${before}"' for before, _ in dashboard.variables[: _place(label, dashboard)]]
    chosen = f"{metric}{{{', '.join(earlier)}}}" if earlier else metric
    return {
        "name": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": f"label_values({chosen}, {label})", "refId": label},
        "refresh": 2,
        "sort": 1,
    }


def _place(label: str, dashboard: Dashboard) -> int:
    return [name for name, _ in dashboard.variables].index(label)


def _panel(panel: Panel, *, number: int) -> dict[str, Any]:
    row, column = divmod(number, ACROSS)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for place, (query, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": {"unit": panel.unit, **_style(panel)}, "overrides": []},
        "options": _options(panel),
    }


def _style(panel: Panel) -> dict[str, Any]:
    if panel.kind != "timeseries":
        return {}
    mode = "normal" if panel.stacked else "none"
    is_count = panel.stacked and "increase(" in panel.queries[0][0]
    custom = {
        "drawStyle": "bars" if is_count else "line",
        "fillOpacity": 20 if panel.stacked else 0,
        "showPoints": "auto",
        "spanNulls": True,
        "stacking": {"mode": mode, "group": "A"},
    }
    return {"custom": custom, "min": 0} if panel.unit != "none" else {"custom": custom}


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"]}, "textMode": panel.text or "auto"}
    return {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
