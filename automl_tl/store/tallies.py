"""What readers of the events have counted, so that none begins anew after a restart."""

from sqlalchemy import Connection, bindparam, select, update

from automl_tl.domain.events import Tally
from automl_tl.store.expressions import Clock, InsertNew
from automl_tl.store.part import Part, reads, writes
from automl_tl.store.rows import dump, load_object
from automl_tl.store.schema import tallies

_OF_READER = select(tallies.c.last, tallies.c.state).where(tallies.c.reader == bindparam("of_reader"))
_NEW = InsertNew(tallies).values(last=0, state="{}", time=Clock())
_KEEP = (
    update(tallies)
    .where(tallies.c.reader == bindparam("of_reader"), tallies.c.last < bindparam("up_to"))
    .values(last=bindparam("up_to"), state=bindparam("counted"), time=Clock())
)


class SqlTallies(Part):
    """One row a reader; of two daemons that count alike, the further one's stays."""

    @reads
    def tally(self, connection: Connection, reader: str) -> Tally | None:
        row = connection.execute(_OF_READER, {"of_reader": reader}).one_or_none()
        return None if row is None else Tally(last=row.last, state=load_object(row.state))

    @writes
    def keep_tally(self, connection: Connection, reader: str, tally: Tally) -> None:
        connection.execute(_NEW, {"reader": reader})
        connection.execute(
            _KEEP, {"of_reader": reader, "up_to": tally.last, "counted": dump(dict(tally.state))}
        )
