import re

import pytest

from support import api


def test_table_of_all_names_is_up_to_date() -> None:
    written = api.PAGE.read_text(encoding="utf-8")

    assert written == api.page(), f"run: {api.COMMAND}"


def test_page_of_channels_own_tests_counts_them() -> None:
    page = (api.PAGE.parent / "CHANNELS_TESTS.md").read_text(encoding="utf-8")
    total, passed, failed = map(int, re.findall(r"\b(\d\d) ", page))
    rows = page.splitlines()[page.splitlines().index("|---|---|---|") + 1 :]

    assert total == passed + failed
    assert len(re.findall(r"`test_\w+`", page)) == failed
    assert len(rows) <= 8  # more would be no compatibility


def test_page_of_packages_tests_says_what_does_not_pass() -> None:
    page = (api.PAGE.parent / "PACKAGES_TESTS.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| (\d+) \| (\d+) \| (.*)\|", page)

    assert len(rows) == 39  # "thirty-nine packages", says the README
    lost = [int(theirs) - int(ours) for theirs, ours, _ in rows]
    assert sum(lost) == 5  # "but for five"
    assert list(map(bool, lost)) == [bool(why) for *_, why in rows]


def test_a_name_without_a_reason_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(api.REASONS, "channels.testing.live:*")

    with pytest.raises(ValueError, match=r"without a reason.*ChannelsLive"):
        api.rows()


def test_a_reason_without_a_name_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(api.REASONS, "channels.db:*", "of no use")

    with pytest.raises(ValueError, match=r"without a name.*channels.db"):
        api.rows()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        (("channels.layers", "get_channel_layer", ["alias"]), "yes"),
        (("channels.layers", "get_channel_layer", []), "yes, and `alias`"),
        (("channels.layers", "get_channel_layer", ["other"]), "differs"),
        (("channels.layers", "InMemoryChannelLayer.groups", None), "yes"),
        (("channels.consumer", "AsyncConsumer.scope", None), "yes"),
        (("channels.db", "SyncToAsync.thread_handler", ["x"]), "yes"),
        (("channels.layers", "no_such_name", None), "no"),
        (("channels.consumer", "AsyncConsumer.no_such", []), "no"),
        (("channels.nowhere", "Name", None), "no"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_status_says_what_became_of_a_name(
    name: tuple[str, str, list[str] | None], status: str
) -> None:
    assert api.status_of(api.Name(*name)) == status
