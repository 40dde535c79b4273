"""What one browser tab's session keeps between runs of the page: the visit, the address that was
last written for it, and an upload on its way. The only module that knows the session's keys."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from search_ui.searching.search_state import own_params, to_params
from search_ui.searching.visit import Visit, at_address

_VISIT, _WRITTEN, _ACTED, _UPLOAD, _UPLOADS = "visit", "written", "acted", "upload", "uploads"
_TOLD, _PAGE, _CAME_FROM = "told", "page", "came-from"

Step = Callable[[Visit], Visit]


def current_visit() -> Visit:
    """The visit as the last callback left it, or as the address says; as it was for somebody who
    comes back from another page. Raises as `from_params`."""
    if _came_from_another_page() and not own_params(address()):
        return kept_visit()
    acted = bool(st.session_state.pop(_ACTED, False))
    return at_address(kept_visit(), address(), st.session_state.get(_WRITTEN), acted=acted)


def arrive(page: str) -> None:
    """Note which page this run shows; called once a run."""
    st.session_state[_CAME_FROM] = st.session_state.get(_PAGE, page)
    st.session_state[_PAGE] = page


def _came_from_another_page() -> bool:
    return bool(st.session_state.get(_CAME_FROM) != st.session_state.get(_PAGE))


def kept_visit() -> Visit:
    """The visit as it was left."""
    visit: Visit = st.session_state.get(_VISIT, Visit())
    return visit


def keep(visit: Visit) -> None:
    """Remember `visit`, and write it into the browser's address."""
    st.session_state[_VISIT] = visit
    st.session_state[_WRITTEN] = to_params(visit.state)
    if own_params(address()) != st.session_state[_WRITTEN]:
        st.query_params.from_dict(st.session_state[_WRITTEN])


def go(step: Step) -> None:
    """Change the visit: what callbacks do."""
    st.session_state[_VISIT] = step(kept_visit())
    st.session_state[_ACTED] = True


def goes(step: Step) -> Callable[[], None]:
    """A callback that takes `step`."""
    return lambda: go(step)


def upload_key() -> str:
    """The uploader's key: another one after each upload, so that it is empty again and does not
    go on showing the file's name."""
    return f"upload-{st.session_state.get(_UPLOADS, 0)}"


def receive_upload() -> None:
    """Take the uploaded file's bytes out of Streamlit's store; its name is not looked at."""
    file: UploadedFile | None = st.session_state[upload_key()]
    if file is None:
        return
    st.session_state[_UPLOAD] = file.getvalue()
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1
    st.session_state[_ACTED] = True
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def taken_upload() -> bytes | None:
    """The bytes of an upload that has not been dealt with; they are not kept here any longer."""
    data: bytes | None = st.session_state.pop(_UPLOAD, None)
    return data


def once(kind: str, what: Hashable, tell: Callable[[], object]) -> None:
    """`tell` when `what` is another than the last time it was told of this `kind`. Where that
    raises, it has not been told."""
    told = st.session_state.setdefault(_TOLD, {})
    if told.get(kind) != what:
        tell()
        told[kind] = what


def address() -> dict[str, list[str]]:
    """The query parameters of the browser's address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}
