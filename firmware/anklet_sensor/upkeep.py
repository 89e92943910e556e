"""What is looked after once a second: battery, light, sleep, slow notes, the heap."""

import gc

from micropython import const

from anklet_sensor.errors import Fault
from anklet_sensor.sampling import IDLE

_SLOW_NOTES_S = const(60)


class Upkeep:
    """Looks after an app.

    Parameters
    ----------
    app : app.App
    """

    def __init__(self, app) -> None:
        self._app = app
        self._seconds = 0

    def each_second(self) -> None:
        """Do what is due."""
        app = self._app
        sampling = app.sampling
        self._seconds += 1
        self._battery()
        if sampling.mode != IDLE:
            if not sampling.at_rest():
                app.inactivity.moved()
            if self._seconds % _SLOW_NOTES_S == 0:
                temp_c = sampling.temperature_c()
                sampling.tell({"battery": app.battery.percent, "temp_c": temp_c})
        self._show()
        for link in app.links:
            link.tell(app)
        alone = not any([link.connected and link.session.authorized for link in app.links])
        app.delivery.alone = alone
        if alone and app.inactivity.due:
            self._rest()
        gc.collect()  # often, so that it is short and the heap stays in large pieces

    def _battery(self) -> None:
        app = self._app
        if app.battery.step(app.sampling.mode != IDLE):
            app.log.fault("low_battery", "the battery is almost empty: charge the sensor")
            app.close()
        elif not app.battery.low:
            app.log.clear("low_battery")

    def _show(self) -> None:
        app = self._app
        if app.button.held:
            state = "window"
        elif app.battery.low:
            state = "low_battery"
        else:
            state = app.sampling.mode
        app.indicator.show(state)
        app.indicator.fault(app.log.worst())

    def _rest(self) -> None:
        # nobody moves it and nobody listens: the set is over
        app = self._app
        app.inactivity.moved()  # where it cannot sleep it tries again later
        app.sampling.stop()
        if not app.delivery.close():
            return  # RAM holds what flash has no room for
        try:
            if app.battery.low:
                app.sampling.wake_on_motion(False)
                app.board.off()
            level = app.sampling.wake_on_motion("motion" in app.board.wakes)
            app.board.sleep(level)
        except Fault as fault:
            app.log.fault(fault.code, fault.why)
