"""Paths 路径: what people do after one another within a session, where they go on and where they stop."""
