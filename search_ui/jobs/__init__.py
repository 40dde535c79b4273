"""Long work that is started from the page: processes of their own, which outlive a browser tab and
end with the server."""
