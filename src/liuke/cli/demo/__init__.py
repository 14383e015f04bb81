"""`liuke demo`: a synthetic bank lives through the whole loop, and what was measured stands beside the truth."""
