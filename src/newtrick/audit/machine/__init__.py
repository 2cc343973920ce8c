"""Checks of the machine that newtrick runs on."""
