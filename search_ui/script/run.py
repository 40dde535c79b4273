"""What Streamlit runs for every visitor. Not beside the folder `pages`: its files would count as
Streamlit's own pages then, and be shown in place of ours until somebody opens the first page."""

from __future__ import annotations

from search_ui.router import main

if __name__ == "__main__":
    main()
