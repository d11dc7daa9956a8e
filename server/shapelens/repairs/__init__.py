"""Changes of the text that mend what a diagnostic says; each is evaluated before it is offered."""
