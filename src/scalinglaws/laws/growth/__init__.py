"""Curves of growth, waves that follow each other, and what another factor of ten returns."""
