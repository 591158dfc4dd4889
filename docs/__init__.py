"""Documentation; generate.py writes the reference pages."""
