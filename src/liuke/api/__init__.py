"""The read API for branch devices and apps of the bank: keys with scopes, a purpose for each question, an audit row."""
