"""The link's test rig: real firmware, a Bluetooth stack, a modelled air, unmodified bleak."""
