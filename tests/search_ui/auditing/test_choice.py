"""Which entries are meant, and where among them the page is."""

from __future__ import annotations

from datetime import UTC, date, datetime

from radalike.library.audit.audit import AuditAction
from search_ui.auditing.choice import Choice, Turned


def test_both_days_are_included() -> None:
    wanted = Choice(first=date(2026, 11, 1), last=date(2026, 11, 30)).wanted()
    assert wanted["since"] == datetime(2026, 11, 1, tzinfo=UTC)
    assert wanted["until"] == datetime(2026, 12, 1, tzinfo=UTC)


def test_nothing_chosen_is_anything() -> None:
    assert set(Choice(who="  ", image=" ").wanted().values()) == {None}
    assert Choice().in_words() == {}


def test_in_words_without_the_record() -> None:
    choice = Choice(" ada ", AuditAction.QUERY, "some-id", date(2026, 11, 1))
    assert choice.in_words() == {"who": "ada", "action": "query", "from": "2026-11-01"}


def test_pages_are_turned_and_begin_anew_with_another_choice() -> None:
    turned = Turned().older(51).older(1)
    assert turned.before == 1
    assert turned.newer().before == 51
    assert turned.newer().newer().before is None
    assert turned.chosen(Choice()) is turned
    assert turned.chosen(Choice(who="ada")) == Turned(Choice(who="ada"))
