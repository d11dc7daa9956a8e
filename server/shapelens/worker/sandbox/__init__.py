"""Locks a child that evaluates the user's code: ``lockdown`` is the entrance, ``environment`` scrubs variables."""
