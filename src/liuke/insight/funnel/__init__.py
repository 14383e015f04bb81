"""Funnel 漏斗: how many go how far through steps, within a time from the first."""
