"""Sends what lies in the outbox, over the channels of the bank home, and takes what comes back."""
