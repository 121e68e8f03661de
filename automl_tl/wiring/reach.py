"""The examination of a daemon elsewhere: whether it answers, and what the key may do there."""

from automl_tl.client.client import Client
from automl_tl.domain.caller import Role
from automl_tl.domain.finding import Finding, Health
from automl_tl.errors import AutomlError, NotAllowed
from automl_tl.settings import Settings

_MAY = {
    Role.VIEWER: "sees and predicts",
    Role.SUBMITTER: "sees, predicts, submits and stops jobs",
    Role.ADMIN: "does everything in it: promotes and deletes too",
}


def examine_daemon(settings: Settings) -> tuple[Finding, ...]:
    """What was found of the daemon that the settings name, and of the key; nothing is changed."""
    try:
        client = Client.of(settings)
    except AutomlError as error:
        advice = "mend --url or AUTOML_TL_URL, --key-file or AUTOML_TL_KEY"
        return (Finding(what="daemon", health=Health.BAD, found=error.detail, advice=advice),)
    with client:
        answers = _answers(client)
        return (answers,) if answers.health is Health.BAD else (answers, _key(client))


def _answers(client: Client) -> Finding:
    try:
        client.healthy()
    except AutomlError as error:
        advice = "see that it runs, and that address, port and proxy are right; AUTOML_TL_HOSTNAMES there"
        return Finding(what="daemon", health=Health.BAD, found=error.detail, advice=advice)
    return Finding(what="daemon", found=f"{client.url} answers and takes jobs")


def _key(client: Client) -> Finding:
    try:
        found = client.caller()
    except NotAllowed as error:
        advice = "an admin makes one by automl-tl keys create; give it by AUTOML_TL_KEY or --key-file"
        return Finding(what="key", health=Health.BAD, found=error.detail, advice=advice)
    except AutomlError as error:
        return Finding(what="key", health=Health.BAD, found=error.detail, advice="try again")
    if not found["may_write"] and found["key"] is None:
        advice = "give a key by AUTOML_TL_KEY or --key-file to submit jobs"
        return Finding(what="key", health=Health.WARN, found="none was shown: only looking", advice=advice)
    said = f"{found['who']}, {found['role']} of {found['tenant']}: {_MAY[Role(found['role'])]}"
    if not client.is_private:
        advice = "what is sent can be read on the way: ask the daemon through a proxy that speaks https"
        return Finding(
            what="key", health=Health.WARN, found=f"{said}; sent as it is over http", advice=advice
        )
    return Finding(what="key", found=said)
