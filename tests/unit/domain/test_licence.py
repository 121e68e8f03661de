import pytest

from automl_tl.domain.licence import ANY, LicencePolicy, Unknown
from automl_tl.settings import Settings

USUAL = LicencePolicy()


@pytest.mark.parametrize("licence", ["apache-2.0", "MIT", "BSD-3-Clause", "cc-by-4.0", "dinov3-license"])
def test_licences_that_let_a_business_use_them_pass(licence: str) -> None:
    assert USUAL.why_not([licence], is_local=False) is None


@pytest.mark.parametrize(
    "licence", ["cc-by-nc-4.0", "CC-BY-NC-SA-4.0", "cc-by-nd-4.0", "fair-noncommercial-research-license"]
)
def test_licences_that_forbid_it_are_refused_with_the_pattern(licence: str) -> None:
    why = USUAL.why_not([licence], is_local=True)

    assert why is not None and why.startswith(f"its licence {licence} is denied by *")


def test_every_word_about_the_same_weights_has_to_be_allowed() -> None:
    assert USUAL.why_not(["cc-by-nc-4.0", "mit"], is_local=False)
    assert USUAL.why_not(["mit", "cc-by-nc-4.0"], is_local=False)
    assert USUAL.why_not([None, "mit"], is_local=False) is None


@pytest.mark.parametrize("stated", [None, "", "other", "unknown"])
@pytest.mark.parametrize(
    ("unknown", "passes"), [("allow", {True, False}), ("local", {True}), ("refuse", set())]
)
def test_what_nobody_states_is_for_the_policy_to_say(
    stated: str | None, unknown: str, passes: set[bool]
) -> None:
    policy = LicencePolicy(unknown=Unknown(unknown))

    assert {here for here in (True, False) if policy.why_not([stated], is_local=here) is None} == passes


def test_what_is_not_allowed_by_name_is_refused_where_a_list_is_given() -> None:
    policy = LicencePolicy(allow=("mit", "apache-*"))

    assert policy.why_not(["apache-2.0"], is_local=False) is None
    assert policy.why_not(["gpl-3.0"], is_local=False) == (
        "its licence gpl-3.0 is not among those allowed: mit, apache-*"
    )


def test_a_space_that_asks_nothing_takes_anything() -> None:
    assert ANY.why_not(["cc-by-nc-4.0"], is_local=False) is ANY.why_not([None], is_local=False) is None


def test_settings_take_lists_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOML_TL_DENIED_LICENCES", "agpl-*, gpl-*")
    monkeypatch.setenv("AUTOML_TL_UNKNOWN_LICENCES", "refuse")

    found = Settings().licences

    assert found == LicencePolicy(deny=("agpl-*", "gpl-*"), unknown=Unknown.REFUSE)
    assert Settings(**Settings().model_dump(mode="json")).licences == found
