"""The record of a case: typed events, chained by their hashes, and one root a day over all chains.

`events` says what can be recorded, `chain` links it, `verifying` names what is wrong with it, `merkle` and `daily` make
one figure of all chains of a day.
"""
