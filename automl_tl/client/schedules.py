"""The Python client's part that keeps schedules."""

from automl_tl.client.connection import API, Connection, Json
from automl_tl.client.said import submission


class ScheduleCalls:
    """What is asked of schedules."""

    _connection: Connection

    def add_schedule(self, schedule: str, *, cron: str, **options: object) -> Json:
        """Submit again and again, when ``cron`` says so; the schedule. Options: those of ``submit``, and
        ``timezone``, ``jitter``, ``when_missed``, ``when_unchanged``, ``blackouts``, ``champion``."""
        body = {**submission(options, to=self._connection), "schedule": schedule, "cron": cron}
        return self._connection.post(f"{API}/schedules", json=body)

    def schedules(self) -> Json:
        """``schedules`` by name, each with ``next`` and ``last_success``."""
        return self._connection.get(f"{API}/schedules")

    def schedule(self, schedule: str, *, limit: int | None = None) -> Json:
        """One schedule and its ``history``, newest first."""
        return self._connection.get(f"{API}/schedules/{schedule}", limit=limit)

    def pause_schedule(self, schedule: str) -> Json:
        """Let nothing of it run by itself; the schedule."""
        return self._connection.post(f"{API}/schedules/{schedule}/pause")

    def resume_schedule(self, schedule: str) -> Json:
        """Go on from now; the schedule."""
        return self._connection.post(f"{API}/schedules/{schedule}/resume")

    def run_schedule_now(self, schedule: str) -> Json:
        """Queue a job of it now, besides its rule: ``job``."""
        return self._connection.post(f"{API}/schedules/{schedule}/run")

    def remove_schedule(self, schedule: str) -> Json:
        """Forget it and its history; its jobs stay."""
        return self._connection.post(f"{API}/schedules/{schedule}/remove")
