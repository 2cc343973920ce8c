"""This machine ─► facts, and what is wrong with them.

Nothing here may fail because something is broken: that is what it is asked about. So torch and its
like are imported only once it is known that they load, and what cannot be read is not known.
"""
