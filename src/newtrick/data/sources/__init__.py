"""Where named data and models come from: a hub, a package index, an address."""


class SourceError(Exception):
    """One source did not give what was asked of it; the next one may.

    The message is half a sentence, to stand after the source's name.
    """
