"""The model card: one HTML file that says what a model is, how good, for whom, and where it must not be trusted.

Mitchell et al., Model Cards for Model Reporting, FAT* 2019. No scripts, nothing loaded from elsewhere: it can be
mailed to compliance and opened in ten years.
"""
