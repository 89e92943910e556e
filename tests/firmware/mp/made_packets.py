"""Packets for the tests of what keeps them: the same (stream, seq) gives the same bytes."""

import struct

from anklet_sensor.packets import Packer, seq_of, stream_of


class Maker:
    """Packets of n samples with contents that only their key decides."""

    def __init__(self, samples=6):
        self.packer = Packer(samples)
        self._samples = samples

    def packet(self, stream, seq, samples=None):
        """Return (buf, n); the buffer is used again by the next."""
        packer = self.packer
        packer.begin(stream, 1 + (stream & 1))
        packer.seq = seq
        packer.open(seq * 57690 + (stream & 0xFFFF), 0)
        for i in range(samples or self._samples):
            seed = (seq * 131 + i * 7 + stream) & 0x3FFFFFF
            for k in range(5):
                struct.pack_into(
                    "<I",
                    packer.buf,
                    packer.offset() + 4 * k,
                    (seed * (k + 3) ^ k << 20) & 0x3FFFFFFF,
                )
            packer.add()
        return packer.buf, packer.seal(9615, seq & 4)

    def note(self, stream, seq):
        """Return (buf, n) of a note."""
        self.packer.begin(stream, 1 + (stream & 1))
        self.packer.seq = seq
        view = self.packer.note({"marker": "x" * (seq % 50)}, seq * 57690)
        return view, len(view)

    def any(self, stream, seq):
        """Return (buf, n): every 9th is a note."""
        return self.note(stream, seq) if seq % 9 == 8 else self.packet(stream, seq)

    def same(self, buf, n):
        """Say whether these bytes are just what was made for their key."""
        stream, seq = stream_of(buf), seq_of(buf)
        made, m = self.any(stream, seq)
        return n == m and bytes(buf[:n]) == bytes(made[:m])
