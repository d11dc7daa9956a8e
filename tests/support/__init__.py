"""What several test trees share: expectations written in fixtures, and the oracle that knows the truth."""
