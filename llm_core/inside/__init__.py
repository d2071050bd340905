"""Every number of one head for one token, compared with the library's own."""
