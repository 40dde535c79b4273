"""What Streamlit runs. The way to its pages; there is one so far."""

from __future__ import annotations

from search_ui.search_page import search_page

if __name__ == "__main__":
    search_page()
