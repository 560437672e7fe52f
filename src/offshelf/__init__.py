"""Offshelf (下架): the system with which a live-commerce merchant stops selling, safely."""

__version__ = "0.1.0"
