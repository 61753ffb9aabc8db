"""Hosts of one's own, where requests may go that are otherwise kept away from inner networks."""


class Hosts:
    """Hosts by name.

    Parameters
    ----------
    text
        Names or addresses, each with or without a port, separated by commas:
        ``bot.lan:9000,192.168.1.5,[fd00::5]:9000``. Without a port every port is meant.

    Raises
    ------
    ValueError
        If one of them is an address of a page; the message names it.
    """

    def __init__(self, text: str = "") -> None:
        self._known = frozenset(part.strip().lower() for part in text.split(",") if part.strip())
        for one in sorted(self._known):
            if "/" in one or "@" in one:
                message = f"{one} is no host; write only its name, such as bot.lan:9000"
                raise ValueError(message)

    def __str__(self) -> str:
        """The same in the form that it was given."""
        return ",".join(sorted(self._known))

    def include(self, host: str, port: int) -> bool:
        """Whether this host, or this port of it, is among them.

        Parameters
        ----------
        host
            A name or an address as in an address line, an IPv6 one without its brackets.
        port
            The port that is to be reached.
        """
        bare = f"[{host}]" if ":" in host else host
        return not self._known.isdisjoint({bare.lower(), f"{bare.lower()}:{port}"})
