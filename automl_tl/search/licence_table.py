"""The [licence] table of a search-space file: under which licences its candidates may be."""

from automl_tl.domain.licence import ANY, LicencePolicy, Unknown
from automl_tl.search.table import Table


def read_licences(table: Table) -> LicencePolicy:
    """The policy that the table asks for; what it leaves out, it does not ask. Raises SpaceInvalid."""
    table.expect(("allow", "deny", "unknown"))
    allow, deny = table.texts("allow"), table.texts("deny")
    return LicencePolicy(
        allow=ANY.allow if allow is None else allow,
        deny=ANY.deny if deny is None else deny,
        unknown=Unknown(table.choice("unknown", among=Unknown, otherwise=ANY.unknown)),
    )
