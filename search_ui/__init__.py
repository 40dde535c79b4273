"""The search page: a Streamlit app over `radalike.library`."""
