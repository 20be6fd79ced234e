"""Slips in lines that ran, although nothing was raised."""
