from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from search_ui.access.security_headers import content_security_policy
from search_ui.access.sign_in_page import form_page, message_page


def _directives(policy: str) -> dict[str, list[str]]:
    return {name: words for name, *words in (part.split() for part in policy.split(";"))}


def test_nothing_comes_from_elsewhere() -> None:
    directives = _directives(content_security_policy())
    words = {word for name, given in directives.items() for word in given}
    assert not {word for word in words if "//" in word or "*" in word or word == "https:"}
    assert directives["frame-ancestors"] == ["'none'"]
    assert "'unsafe-inline'" not in directives["script-src"]
    assert "'unsafe-eval'" not in directives["script-src"]


def test_scripts_are_let_in_by_what_they_are() -> None:
    script = "document.querySelector('.stMain').scrollTo({top: 0})"
    hashed = b64encode(sha256(script.encode()).digest()).decode()
    assert f"'sha256-{hashed}'" in _directives(content_security_policy([script]))["script-src"]
    assert f"'sha256-{hashed}'" not in content_security_policy()


@given(st.text(max_size=50))
def test_what_was_typed_is_never_markup(text: str) -> None:
    plain = form_page("/", said="", name="").count("<")
    assert form_page(text, said="x" + text, name="x" + text).count("<") == plain + 2
    assert message_page("x", text).count("<") == message_page("x", "").count("<")
