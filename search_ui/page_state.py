"""What one browser tab's session keeps between runs of the page: the visit, the address that was
last written for it, and an upload on its way. The only module that knows the session's keys."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from search_ui.search_state import own_params, to_params
from search_ui.visit import Visit, at_address

_VISIT, _WRITTEN, _ACTED, _UPLOAD, _UPLOADS = "visit", "written", "acted", "upload", "uploads"

Step = Callable[[Visit], Visit]


def current_visit() -> Visit:
    """The visit as the last callback left it, or as the address says. Raises as `from_params`."""
    acted = bool(st.session_state.pop(_ACTED, False))
    return at_address(_kept(), _address(), st.session_state.get(_WRITTEN), acted=acted)


def keep(visit: Visit) -> None:
    """Remember `visit`, and write it into the browser's address."""
    st.session_state[_VISIT] = visit
    st.session_state[_WRITTEN] = to_params(visit.state)
    if own_params(_address()) != st.session_state[_WRITTEN]:
        st.query_params.from_dict(st.session_state[_WRITTEN])


def go(step: Step) -> None:
    """Change the visit: what callbacks do."""
    st.session_state[_VISIT] = step(_kept())
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


def _kept() -> Visit:
    visit: Visit = st.session_state.get(_VISIT, Visit())
    return visit


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
