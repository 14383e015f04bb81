"""Progress code 进度跟踪码: one short secret per application, with which any channel reads and continues it."""
