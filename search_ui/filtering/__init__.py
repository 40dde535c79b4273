"""The filters of a page: what is set, and how many images each choice would let through."""
