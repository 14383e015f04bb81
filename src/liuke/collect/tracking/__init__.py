"""Event collection: what vendors' clients send over HTTP → the intake log → the lake."""
