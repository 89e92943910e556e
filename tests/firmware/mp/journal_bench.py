"""A journal on real littlefs over a flash model, and what its tests do with it."""

import gc

from anklet_sensor.journal import Journal
from anklet_sensor.packets import seq_of
from made_packets import Maker
from nor import Log, Nor, Time, power_off

OUT = bytearray(164)
PERIOD_US = 57_690
maker = Maker()


class Bench:
    """A flash, a folder on it, and the journal there."""

    def __init__(self, blocks=64):
        self.nor = Nor(blocks)
        self.nor.format()
        self.nor.mount()
        self.time = Time()
        self.journal = None
        self.boot()

    def boot(self):
        if self.journal:
            power_off(self.nor)
            self.nor.mount()
        self.log = Log()
        self.journal = Journal("/f/j", self.time, self.log)

    def append(self, stream, first, last, make=None):
        for seq in range(first, last + 1):
            if not self.journal.append(*(make or maker.any)(stream, seq)):
                return seq
            self.time.us += PERIOD_US
            if self.journal.due():
                assert self.journal.flush()
        return last + 1

    def read_all(self, stream, first=0):
        found, seq = [], first
        while True:
            n = self.journal.read(stream, seq, OUT)
            if not n:
                return found
            assert maker.same(OUT, n), (stream, seq)
            seq = seq_of(OUT) + 1
            found.append(seq - 1)

    def done(self):
        assert self.nor.violations == 0
        power_off(self.nor)
        gc.collect()
