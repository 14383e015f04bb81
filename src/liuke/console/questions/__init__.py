"""Questions about behaviour as pages ask them: the fields of a form, which stand in the address and in kept views."""
