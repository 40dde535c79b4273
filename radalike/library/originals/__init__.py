"""Where the files of images are, and reading them again."""
