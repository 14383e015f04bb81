"""Journey 旅程: the way a customer goes through stages and channels, where it hurts and where it breaks off."""
