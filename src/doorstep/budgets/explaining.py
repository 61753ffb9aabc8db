"""Why a project was funded or not, in a sentence."""

from collections.abc import Callable

from doorstep.algorithms.counting import Decided, Why

Money = Callable[[int], str]
"""An amount as it is shown."""


def money_of(unit: int, currency: str = "") -> Money:
    """How amounts are shown that are counted in ``1 / unit`` of a currency."""

    def shown(amount: int) -> str:
        whole, rest = divmod(amount, unit)
        digits = f"{whole:,}" + (f".{rest:0{len(str(unit)) - 1}}" if unit > 1 else "")
        return f"{digits} {currency}".strip()

    return shown


SENTENCES = {
    Why.CHOSEN: "Place {turn} by points; it cost {cost} of the {left} that were left.",
    Why.FILLED: "Funded by points from what the shares left over.",
    Why.WITHDRAWN: "It was withdrawn.",
    Why.BELOW_THRESHOLD: "Its {points:,} points are fewer than a project needs.",
    Why.EXCLUDED: "Project {other} was funded, and only one of them can be.",
    Why.TOO_EXPENSIVE: "Place {turn} by points; it costs {cost}, and {left} were left.",
    Why.STOPPED: "The count ended at project {other}, which cost more than was left.",
    Why.NO_VOTES: "Nobody voted for it.",
    Why.SUPPORTERS_SHORT: "Its supporters had {left} left together; it costs {cost}.",
}
BOUGHT = (
    "Bought as number {turn}: its supporters held {left} together, and none of them paid more "
    "than {share}."
)


def because(one: Decided, money: Money) -> str:
    """The reason for what became of a project; amounts by `money`."""
    sentence = BOUGHT if one.why is Why.CHOSEN and one.share else SENTENCES[one.why]
    return sentence.format(
        turn=one.turn,
        points=one.points,
        other=one.other,
        cost=money(one.cost),
        left=money(one.left),
        share=money(one.share),
    )
