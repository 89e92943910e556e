"""Anklet's firmware: samples, fuses, packs, streams and records on a strapped sensor."""

VERSION = "0.1.0"
