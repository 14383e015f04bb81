"""Messages on their way out: what one is, how its sending goes on, and what every channel promises. Pure."""
