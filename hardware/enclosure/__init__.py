"""The enclosure of the Anklet pod: its shape, its pictures, and the checks that can fail."""
