"""What is done on the search page is in the audit, before it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from radalike.catalog.audit import AuditAction
from radalike.errors import StorageFull
from radalike.library.audit.audit import Audit, AuditEntry
from search_ui.access.visitor import LOCAL
from search_ui.components.gallery import CardAction
from search_ui.served import Served
from tests.search_ui.page_driver import (
    act,
    cards,
    press,
    run,
    upload,
)
from tests.search_ui.pictures import of_patient

PngOf = Callable[[str, str, int], bytes]


def new_entries(served: Served, since: int) -> list[AuditEntry]:
    """What was audited after entry `since`, the oldest first."""
    return [each for each in served.library.audit.each() if each.number > since]


def last_entry(served: Served) -> int:
    newest = served.library.audit.entries(limit=1)
    return newest[0].number if newest else 0


def test_what_somebody_does_is_audited_once(clinic_page: AppTest, server: Served) -> None:
    audit, since = server.library.audit, last_entry(server)
    query = of_patient(server.library, 6)[0]
    run(clinic_page, like=query)
    run(clinic_page)
    image = cards(clinic_page)[0]
    act(clinic_page, CardAction.OPEN, image)
    run(clinic_page)
    press(clinic_page, "Back to the results")
    act(clinic_page, CardAction.OPEN, image)
    press(clinic_page, "Back to the results")
    clinic_page.pills("search-sex").set_value(["F"]).run()
    told = new_entries(server, since)
    assert [(each.action, each.subject) for each in told] == [
        (AuditAction.QUERY, audit.subject(query)),
        (AuditAction.OPEN_RECORD, audit.subject(image)),
        (AuditAction.OPEN_RECORD, audit.subject(image)),
        (AuditAction.QUERY, audit.subject(query)),
    ]
    assert {each.who for each in told} == {LOCAL.name}
    assert told[-1].detail["filters"] == {"sex": ["F"]}


def test_a_link_to_an_image_beside_a_query_is_both(clinic_page: AppTest, server: Served) -> None:
    since = last_entry(server)
    query, image = of_patient(server.library, 6)[0], of_patient(server.library, 7)[0]
    run(clinic_page, like=query, open=image)
    assert {each.action for each in new_entries(server, since)} == {
        AuditAction.QUERY,
        AuditAction.OPEN_RECORD,
    }


def test_an_upload_is_audited_by_what_it_is(
    clinic_page: AppTest, server: Served, png_of: PngOf
) -> None:
    since = last_entry(server)
    upload(run(clinic_page), png_of("CT", "chest", 4))
    (told,) = new_entries(server, since)
    assert told.subject is None
    assert told.detail["uploaded"] == "80 x 96 pixels"
    assert "SECRET" not in repr(told)


def test_what_cannot_be_audited_is_not_shown(
    clinic_page: AppTest, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any, **_detail: Any) -> int:
        raise StorageFull("the disk is full", hint="make room")

    query = of_patient(server.library, 8)[0]
    since = last_entry(server)
    with monkeypatch.context() as patch:
        patch.setattr(Audit, "write", full)
        run(clinic_page, like=query)
        assert "disk is full" in clinic_page.error[0].value
        assert cards(clinic_page) == []
        press(clinic_page, "Try again")
        assert "disk is full" in clinic_page.error[0].value
        assert cards(clinic_page) == []
        run(clinic_page, open=query)
        press(clinic_page, "Try again")
        assert clinic_page.error
        assert not clinic_page.get("bidi_component")
    press(clinic_page, "Try again")
    assert not clinic_page.error
    assert len(new_entries(server, since)) == 2
