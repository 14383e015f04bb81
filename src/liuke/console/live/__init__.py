"""Live push 实时推送: an open page hears of a new order at once. What is sent is a hint; the page reads again."""
