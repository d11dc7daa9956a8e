"""What exceptions mean, in one or two sentences of our own: one family of messages a file.

Each function reads Keras' words and what was seen around the exception, and gives up (None) where it does not know
the words: then the diagnostic has Keras' own.
"""
