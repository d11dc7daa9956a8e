"""The half that runs in the user's interpreter: hosts, evaluations and what they see.

Nothing here imports the rest of shapelens; modules of this package reach each other by relative imports,
because ``launch`` loads it under a private name so that it can never shadow a module of the user.
"""
