"""EDGAR."""
