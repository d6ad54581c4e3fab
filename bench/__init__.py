"""Measurements and generated reports: what the figures in docs/ come from. Nothing here runs in the product."""
