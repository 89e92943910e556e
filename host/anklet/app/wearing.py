"""Which sensor is worn where in a visit: real ones that were found, or a simulated person's."""

import asyncio
import random

from anklet.app.choice import Choice
from anklet.app.simulated_client import SimulatedClient
from anklet.app.texts import _
from anklet.errors import SensorError
from anklet.model import Placement, Side
from anklet.sensor.finding import Search, link_to, placement_of, search
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Found, Link
from anklet.sensor.talk import talk
from anklet.sensor.timing import Timing


class Wearing:
    """The sensors of a visit.

    Parameters
    ----------
    choice : Choice
    timing : Timing

    Attributes
    ----------
    heard : Search or None
        The sensors that were found.
    worn : dict of Placement to Found
        Which sensor is where.
    links : list of Link
        To those that were used last.
    """

    def __init__(self, choice: Choice, timing: Timing) -> None:
        self.heard: Search | None = None
        self.worn: dict[Placement, Found] = {}
        self.links: list[Link] = []
        self._choice = choice
        self._client = SimulatedClient(choice, random.randrange(1, 10_000), timing)

    def needed(self) -> tuple[Placement, ...]:
        """Where sensors are needed: of the first leg only, where one set of them is moved."""
        chosen = self._choice
        return chosen.placements(chosen.order[:1] if chosen.moved else chosen.order)

    @property
    def ready(self) -> bool:
        """Whether there is a sensor for every place."""
        return self._choice.simulated or all(place in self.worn for place in self.needed())

    async def look(self) -> str:
        """Look for sensors, and take those that say that they are worn where one is needed.

        Returns
        -------
        str
            What kept it from looking everywhere; empty when nothing did.
        """
        self.heard = await search()
        for found in self.heard.found:
            place = placement_of(found)
            if place is not None and place in self.needed() and not found.taken:
                self.worn.setdefault(place, found)
        return self.heard.trouble

    def wear(self, place: Placement, found: Found | None) -> None:
        """Say which sensor is worn in a place; a sensor is in one place only."""
        self.worn = {p: f for p, f in self.worn.items() if p != place and f != found}
        if found is not None:
            self.worn[place] = found

    async def reach(self, sides: tuple[Side, ...], *, guided: bool) -> list[Link]:
        """Return links to the sensors of some legs, each told where it is worn now.

        Raises
        ------
        SensorError
            When a place has no sensor, or one does not answer.
        """
        if self._choice.simulated:
            self.links = await asyncio.to_thread(self._client.links, sides, guided=guided)
            return self.links
        self.links = []
        for place in self._choice.placements(sides):
            found = self.worn.get(self._first(place) if self._choice.moved else place)
            if found is None:
                raise SensorError(
                    _("No sensor was chosen for the {place}; go back to the sensors.").format(
                        place=place
                    ),
                    "placement",
                )
            if placement_of(found) != place or self._choice.moved:
                await _place(link_to(found), place)
            self.links.append(link_to(found))
        return self.links

    def _first(self, place: Placement) -> Placement:
        """Where the sensor that is moved here was worn first."""
        return Placement(self._choice.order[0], place.segment)


async def _place(link: Link, place: Placement) -> None:
    """Tell a sensor where it is worn now."""
    async with talk(link) as conversation:
        await conversation.greet(OwnerKeys())
        await conversation.place({"side": place.side, "segment": place.segment})
