"""The sign-in page: plain HTML that needs no script, no other file and no other host."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from search_ui.access.addresses import SIGN_IN

RESEARCH_ONLY = "Research use only, not a medical device."
_STYLE = """
:root { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem;
  background: #0c0f12; color: #e4e8eb; font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(22rem, 100vw - 3rem); }
h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 1.5rem; }
label { display: block; margin-bottom: 1rem; }
input { display: block; width: 100%; margin-top: 0.25rem; padding: 0.625rem 0.75rem; font: inherit;
  color: inherit; background: #161b20; border: 1px solid #6b7780; border-radius: 0.375rem; }
button { width: 100%; padding: 0.625rem; font: inherit; font-weight: 600; color: #0c0f12;
  background: #4db6d3; border: 0; border-radius: 0.375rem; cursor: pointer; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid #9adcf0;
  outline-offset: 2px; }
a { color: #4db6d3; }
.said { padding: 0.625rem 0.75rem; margin: 0 0 1rem; background: #161b20;
  border-left: 4px solid #f2b66d; border-radius: 0.25rem; overflow-wrap: anywhere; }
footer { margin-top: 1.5rem; font-size: 0.875rem; color: #a9b4bc; }
code { font-family: ui-monospace, monospace; }
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: its own style sheet, its own form, nothing else."""

NOBODY_YET = (
    "Nobody can sign in yet. On the server, <code>radalike people add NAME --role admin</code> "
    "lets in the first one."
)


def form_page(following: str, *, said: str = "", name: str = "") -> str:
    """said: a message, plain text. following: where to go then. name: as typed before."""
    message = f'<p class="said" role="alert">{escape(said)}</p>' if said else ""
    focus_name, focus_password = ("", " autofocus") if name else (" autofocus", "")
    return _page(
        "Sign in",
        f"""{message}<form method="post" action="{SIGN_IN}">
<input type="hidden" name="next" value="{escape(following)}">
<label>Name<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false"
 maxlength="254" required value="{escape(name)}"{focus_name}></label>
<label>Password<input name="password" type="password" autocomplete="current-password"
 maxlength="1024" required{focus_password}></label>
<button>Sign in</button>
</form>""",
    )


def nobody_yet_page() -> str:
    return _page("Sign in", f'<p class="said">{NOBODY_YET}</p>')


def message_page(heading: str, said: str) -> str:
    return _page(
        heading,
        f'<p class="said" role="alert">{escape(said)}</p><a href="{SIGN_IN}">Sign in</a>',
    )


def onward_page(address: str) -> str:
    """Goes to `address` of this page by itself: what a browser is led to from another site comes
    without the cookie, and from here with it."""
    to = escape(address)
    return _page(
        "One moment",
        f'<a href="{to}">Go on</a>',
        head=f'<meta http-equiv="refresh" content="0;url={to}">',
    )


def _page(heading: str, body: str, *, head: str = "") -> str:
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(heading)} · Radalike</title><link rel="icon" href="data:,">{head}
<style>{_STYLE}</style></head>
<body><main><h1>Radalike: {escape(heading.lower())}</h1>
{body}
<footer>{RESEARCH_ONLY}</footer></main></body>
</html>
"""
