from __future__ import annotations

from threading import Thread

import pytest

from radalike.errors import UsageError
from search_ui.upload_store import UploadStore


def test_who_holds_the_token_gets_the_bytes() -> None:
    store = UploadStore(10, 30)
    first, second = store.put(b"one"), store.put(b"two")
    assert (store.get(first), store.get(second)) == (b"one", b"two")
    assert first != second
    assert len(first) >= 20


def test_the_same_file_of_two_people_is_two_uploads() -> None:
    store = UploadStore(10, 30)
    mine, theirs = store.put(b"one"), store.put(b"one")
    store.drop(mine)
    assert store.get(theirs) == b"one"


def test_what_is_too_large_is_not_taken() -> None:
    store = UploadStore(2_000_000, 9_000_000)
    kept = store.put(bytes(2_000_000))
    with pytest.raises(UsageError, match=r"3\.0 MB, and at most 2\.0 MB") as caught:
        store.put(bytes(3_000_000))
    assert "upload_mib" in caught.value.hint
    assert store.get(kept)


def test_what_nobody_looked_at_for_longest_makes_room() -> None:
    store = UploadStore(10, 25)
    first, second = store.put(b"1" * 10), store.put(b"2" * 10)
    store.get(first)
    third = store.put(b"3" * 10)
    assert store.get(first) == b"1" * 10
    assert store.get(third) == b"3" * 10
    with pytest.raises(UsageError, match="no longer kept") as caught:
        store.get(second)
    assert caught.value.hint == "upload it again"


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_made_up_token_gets_nothing(token: str) -> None:
    store = UploadStore(10, 30)
    store.put(b"one")
    with pytest.raises(UsageError):
        store.get(token)
    store.drop(token)


def test_many_at_once_stay_in_the_room() -> None:
    store, tokens = UploadStore(100, 350), list[str]()

    def put() -> None:
        for _ in range(50):
            tokens.append(store.put(bytes(100)))

    threads = [Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = 0
    for token in tokens:
        try:
            store.get(token)
        except UsageError:
            continue
        kept += 1
    assert kept == 3


def test_what_nobody_looked_at_for_an_hour_goes() -> None:
    now = [0.0]
    store = UploadStore(10, 100, clock=lambda: now[0])
    left, looked_at = store.put(b"left"), store.put(b"looked at")
    now[0] = 3000
    assert store.get(looked_at) == b"looked at"
    now[0] = 3601
    store.put(b"next")
    assert left not in store
    assert looked_at in store
