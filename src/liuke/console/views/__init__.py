"""The console's views: each parses, makes one library call, renders."""
