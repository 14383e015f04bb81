"""The console: what people at the bank see and click. Views parse, make one library call, render."""
