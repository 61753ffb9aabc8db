"""The public pages of a round: what it is about, the ballot, the receipt, and what came of it."""

import html
from collections.abc import Mapping, Sequence

from doorstep.budgets.model import (
    FEW,
    BallotKind,
    Proposal,
    PublicCounted,
    PublicProposal,
    PublicResult,
    Receipt,
    Round,
    Rule,
    Status,
)
from doorstep.budgets.queries import News
from doorstep.kit.atom import Entry, feed
from doorstep.kit.public_pages import (
    NOTHING,
    Markup,
    document,
    joined,
    markup,
    picture_url,
    social,
)

PER_PAGE = 30
_TEXT = 160
_BALLOT_TITLE = 120

PHASES = {
    Status.COLLECTING: "Proposals are being collected.",
    Status.REVIEWING: "The proposals are being looked at: what they cost, and what can be done.",
    Status.COSTED: "The list is ready; the vote comes next.",
    Status.VOTING: "The vote is open.",
    Status.COUNTED: "The vote is over and counted; the result will be published here.",
    Status.PUBLISHED: "The result is published.",
    Status.DELIVERING: "What was funded is being done.",
    Status.DONE: "What was funded is done.",
}
RULES = {
    Rule.GREEDY: "the most points first, as long as the money lasts (greedy)",
    Rule.EQUAL_SHARES: "equal shares of the money for every voter (method of equal shares)",
}
HOW = {
    BallotKind.APPROVAL: "Tick the projects you want, {most} at most.",
    BallotKind.CUMULATIVE: "Give out {points} points among {most} projects at most.",
    BallotKind.RANKING: "Write 1 beside the project you want most, 2 beside the next, and so on; "
    "{most} at most.",
}


def rounds_page(slug: str, rounds: Sequence[Round]) -> Markup:
    """Every round that people may know of."""
    items = [
        markup(
            '<li><a href="/o/{slug}/budget/{round}">{title}</a> '
            '<span class="soft">{amount} {currency}. {phase}</span></li>',
            slug=slug,
            round=one.slug,
            title=one.title,
            amount=f"{one.amount:,}",
            currency=one.currency,
            phase=PHASES[one.status],
        )
        for one in rounds[:PER_PAGE]
    ]
    body = markup(
        '<h1>Budget rounds</h1>\n<ul class="plain">{items}</ul>',
        items=joined(items) if items else Markup("<li>There is none yet.</li>"),
    )
    return document("Budget rounds", body, head=_feed(slug))


def rounds_atom(public_url: str, slug: str, organization: str, news: Sequence[News]) -> bytes:
    """Every move of a round that people may know of, the newest first."""
    home = f"{public_url}/o/{slug}/budget"
    entries = [
        Entry(
            f"{home}/{one.slug}#step{one.number}",
            f"{one.title}: {PHASES[one.status_after]}",
            one.made_at,
            one.reason or PHASES[one.status_after],
        )
        for one in news
    ]
    return feed(home, f"Budget rounds of {organization}", organization, entries)


def _feed(slug: str) -> Markup:
    return markup(
        '<link rel="alternate" type="application/atom+xml" title="News" '
        'href="/o/{slug}/budget.atom">',
        slug=slug,
    )


def _head(public_url: str, slug: str, of: Round, title: str, text: str, path: str = "") -> Markup:
    told = f"{PHASES[of.status]} {of.amount:,} {of.currency}. {text}"
    url = f"{public_url}/o/{slug}/budget/{of.slug}{path}"
    shown = social(title, told, url, picture_url(public_url, slug, "budget", of.slug))
    return joined([_feed(slug), shown])


def round_page(
    public_url: str,
    slug: str,
    of: Round,
    proposals: Sequence[Proposal],
    result: PublicResult | None,
    start: int,
) -> Markup:
    """A round: where it stands, its proposals, and what both rules made of them."""
    shown = proposals[start : start + PER_PAGE]
    body = joined(
        [
            markup("<h1>{title}</h1>", title=of.title),
            markup('<p class="text">{text}</p>', text=of.text) if of.text else NOTHING,
            markup(
                "<p><strong>{phase}</strong> There are {amount} {currency} to share out. What "
                "decides: {rule}.</p>",
                phase=PHASES[of.status],
                amount=f"{of.amount:,}",
                currency=of.currency,
                rule=RULES[of.rule],
            ),
            _vote_link(slug, of),
            _sums(slug, of, result) if result else NOTHING,
            Markup("<h2>Proposals</h2>"),
            _list(slug, of, shown, result),
            _further(slug, of, len(proposals), start),
        ]
    )
    return document(of.title, body, head=_head(public_url, slug, of, of.title, of.text))


def _vote_link(slug: str, of: Round) -> Markup:
    if of.status is Status.COLLECTING:
        return markup(
            '<p><a href="/o/{slug}/budget/{round}/propose">Propose something</a>: everybody may.'
            "</p>",
            slug=slug,
            round=of.slug,
        )
    if of.status is not Status.VOTING:
        return NOTHING
    return markup(
        '<p><a href="/o/{slug}/budget/{round}/vote">Vote with your code</a> until {until} UTC. '
        "Until then you can change your ballot as often as you like.</p>",
        slug=slug,
        round=of.slug,
        until=f"{of.voting_closes_at:%Y-%m-%d %H:%M}",
    )


def _sums(slug: str, of: Round, result: PublicResult) -> Markup:
    lines = [
        markup(
            "<li>{name}{decides}: {count} projects for {spent} {currency}; {satisfied} of {voters} "
            "voters got at least one project they voted for.{raised}</li>",
            name=RULES[rule].capitalize(),
            decides=" (this decides)" if rule is result.rule else "",
            count=len(counted.winners),
            spent=f"{counted.spent:,}",
            currency=of.currency,
            satisfied=counted.satisfied,
            voters=result.voters,
            raised=f" For the count, parts were raised until they added up to "
            f"{counted.shared_out:,} {of.currency}."
            if counted.shared_out > of.amount
            else "",
        )
        for rule, counted in (
            (Rule.GREEDY, result.greedy),
            (Rule.EQUAL_SHARES, result.equal_shares),
        )
    ]
    return markup(
        "<h2>Result</h2>\n<ul>{lines}</ul>\n"
        '<p class="soft">The same as <a href="/o/{slug}/budget/{round}/result.json">JSON</a> and '
        'as <a href="/o/{slug}/budget/{round}/ballots.pb">a file to count again</a> '
        '(Pabulib). <a href="/o/{slug}/budget/{round}/receipt">Is my ballot in the count?</a></p>',
        lines=joined(lines),
        slug=slug,
        round=of.slug,
    )


def _list(
    slug: str, of: Round, proposals: Sequence[Proposal], result: PublicResult | None
) -> Markup:
    if not proposals:
        return Markup("<p>There is none yet.</p>")
    items = [
        markup(
            '<li><a href="/o/{slug}/budget/{round}/proposals/{number}">{number}. {title}</a> '
            "{cost}<br>{told}{text}</li>",
            slug=slug,
            round=of.slug,
            number=one.number,
            title=one.title,
            cost=_cost(of, one),
            told=_told(one, result),
            text=markup('<p class="text soft">{text}</p>', text=_cut(one.text, _TEXT)),
        )
        for one in proposals
    ]
    return markup('<ul class="plain">{items}</ul>', items=joined(items))


def _cost(of: Round, one: Proposal) -> str:
    return f"{one.cost:,} {of.currency}" if one.cost else ""


def _told(one: Proposal, result: PublicResult | None) -> Markup:
    """What came of a proposal, if it is known."""
    if one.eligible is False:
        return markup('<span class="mark">not possible</span> {why}', why=one.reason)
    greedy = _of(result.greedy, one) if result else None
    shares = _of(result.equal_shares, one) if result else None
    if not result or not greedy or not shares:
        return NOTHING
    decides = greedy if result.rule is Rule.GREEDY else shares
    return markup(
        '<span class="mark">{funded}</span> {because} <span class="soft">'
        "Votes: {votes}. Greedy: {greedy}; equal shares: {shares}.</span>",
        funded=_funded(decides.funded),
        because=decides.because,
        votes=decides.votes,
        greedy=_funded(greedy.funded),
        shares=_funded(shares.funded),
    )


def _of(counted: PublicCounted, one: Proposal) -> PublicProposal | None:
    return next((some for some in counted.proposals if some.number == one.number), None)


def proposal_page(
    public_url: str,
    slug: str,
    of: Round,
    one: Proposal,
    result: PublicResult | None,
    commitment_slug: str | None,
) -> Markup:
    """A proposal with its whole text, its place, and what came of it."""
    place = NOTHING
    if one.lon is not None and one.lat is not None:
        place = markup(
            '<p><a rel="noreferrer" href="https://www.openstreetmap.org/?mlat={lat}&amp;mlon={lon}'
            '#map=17/{lat}/{lon}">Its place on the map</a></p>',
            lat=f"{one.lat:.5f}",
            lon=f"{one.lon:.5f}",
        )
    kept = NOTHING
    if commitment_slug:
        kept = markup(
            '<p><a href="/o/{slug}/commitments/{commitment}">What becomes of it</a></p>',
            slug=slug,
            commitment=commitment_slug,
        )
    body = markup(
        '<p><a href="/o/{slug}/budget/{round}">{whole}</a></p>\n<h1>{number}. {title}</h1>\n'
        '<p>{cost}</p>\n<p>{told}</p>\n<p class="text">{text}</p>\n{place}{kept}',
        slug=slug,
        round=of.slug,
        whole=of.title,
        number=one.number,
        title=one.title,
        cost=_cost(of, one),
        told=_told(one, result),
        text=one.text,
        place=place,
        kept=kept,
    )
    head = _head(public_url, slug, of, one.title, one.text, f"/proposals/{one.number}")
    return document(f"{one.title}: {of.title}", body, head=head)


def _funded(funded: bool) -> str:
    return "funded" if funded else "not funded"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


def _further(slug: str, of: Round, count: int, start: int) -> Markup:
    links = [
        markup(
            '<a href="/o/{slug}/budget/{round}?start={start}">{words}</a>',
            slug=slug,
            round=of.slug,
            start=max(0, at),
            words=words,
        )
        for at, words, there in (
            (start - PER_PAGE, "before these", start > 0),
            (start + PER_PAGE, "after these", start + PER_PAGE < count),
        )
        if there
    ]
    return markup("<p>{links}</p>", links=joined(links)) if links else NOTHING


def vote_page(
    slug: str,
    of: Round,
    proposals: Sequence[Proposal],
    *,
    typed: dict[str, str] | None = None,
    fault: str = "",
) -> Markup:
    """The ballot as a form; after a fault with what was typed, and the fault."""
    filled = typed or {}
    rows = [_row(of, one, filled) for one in proposals if one.eligible]
    limit = ""
    if of.most_amount is not None:
        limit = f" Together they may cost {of.most_amount:,} {of.currency}."
    body = markup(
        "<h1>{title}: your ballot</h1>\n{fault}"
        '<form method="post" action="/o/{slug}/budget/{round}/vote">\n'
        '<label for="code">Your code, ten letters and digits</label>\n'
        '<input id="code" name="code" required maxlength="20" autocomplete="off" '
        'value="{code}">\n<p>{how}{limit}</p>\n{rows}\n'
        "<button>Send the ballot</button></form>\n"
        '<p class="soft">Whoever votes again with the same code changes their ballot. What you '
        "choose is stored without your name; after the count nothing leads from a ballot to its "
        "voter.</p>",
        title=of.title,
        fault=markup('<p class="late" role="alert">{fault}</p>', fault=fault) if fault else NOTHING,
        slug=slug,
        round=of.slug,
        code=filled.get("code", ""),
        how=HOW[of.ballot_kind].format(most=of.most_projects, points=of.points),
        limit=limit,
        rows=joined(rows),
    )
    return document(f"{of.title}: your ballot", body)


def _row(of: Round, one: Proposal, typed: dict[str, str]) -> Markup:
    name = f"p{one.number}"
    words = f"{one.number}. {_cut(one.title, _BALLOT_TITLE)} ({_cost(of, one)})"
    if of.ballot_kind is BallotKind.APPROVAL:
        return markup(
            '<label><input type="checkbox" name="{name}" value="1"{on}>{words}</label>',
            name=name,
            on=Markup(" checked") if typed.get(name) else NOTHING,
            words=words,
        )
    return markup(
        '<label for="{name}">{words}</label><input id="{name}" name="{name}" '
        'inputmode="numeric" maxlength="4" value="{value}">',
        name=name,
        words=words,
        value=typed.get(name, ""),
    )


def cast_page(slug: str, of: Round, receipt: Receipt) -> Markup:
    """That the ballot is stored, and the receipt."""
    body = markup(
        "<h1>Your ballot is in</h1>\n"
        "<p>This is your receipt. Keep it: with it, and only with it, you can look whether your "
        "ballot is in the count. It does not tell anybody what you chose.</p>\n"
        "<p><code>{receipt}</code></p>\n"
        '<p>You can change your ballot until {until} UTC: <a href="/o/{slug}/budget/{round}/vote">'
        "vote again with the same code</a>. Then only the newest receipt is good.</p>",
        receipt=receipt.receipt,
        until=f"{receipt.voting_closes_at:%Y-%m-%d %H:%M}",
        slug=slug,
        round=of.slug,
    )
    return document("Your ballot is in", body)


def receipt_page(slug: str, of: Round, answer: str = "") -> Markup:
    """Where a receipt is looked up."""
    body = markup(
        "<h1>{title}: is my ballot in the count?</h1>\n{answer}"
        '<form method="post" action="/o/{slug}/budget/{round}/receipt">\n'
        '<label for="receipt">Your receipt</label>\n'
        '<input id="receipt" name="receipt" required maxlength="100" autocomplete="off">\n'
        "<button>Look</button></form>",
        title=of.title,
        answer=markup('<p role="status"><strong>{answer}</strong></p>', answer=answer)
        if answer
        else NOTHING,
        slug=slug,
        round=of.slug,
    )
    return document(f"{of.title}: receipt", body)


def propose_page(
    slug: str, of: Round, form_id: str, typed: Mapping[str, str], fault: str = ""
) -> Markup:
    """The form for a proposal; after a fault with what was typed, and the fault."""
    body = markup(
        "<h1>{title}: propose something</h1>\n{fault}"
        "<p>We look at every proposal: whether it can be done, and what it costs. Then it is "
        "shown with the others, without your name.</p>\n"
        '<form method="post" action="/o/{slug}/budget/{round}/propose">\n'
        '<input type="hidden" name="form" value="{form_id}">\n'
        '<label for="title">What do you propose?</label>\n'
        '<input id="title" name="title" required maxlength="200" value="{typed_title}">\n'
        '<label for="text">What is it good for, and for whom?</label>\n'
        '<textarea id="text" name="text" rows="6" maxlength="5000">{text}</textarea>\n'
        '<label for="place">Where?</label>\n'
        '<input id="place" name="place" maxlength="200" value="{place}">\n'
        '<label for="cost">What may it cost, in {currency}? A guess is enough.</label>\n'
        '<input id="cost" name="cost" inputmode="numeric" maxlength="20" value="{cost}">\n'
        '<label for="name">Your name</label>\n'
        '<input id="name" name="name" required maxlength="200" autocomplete="name" '
        'value="{name}">\n<label for="email">Your e-mail address</label>\n'
        '<input id="email" name="email" type="email" required maxlength="254" '
        'autocomplete="email" value="{email}">\n'
        '<p hidden><label for="website">Leave this empty</label>'
        '<input id="website" name="website" tabindex="-1" autocomplete="off"></p>\n'
        "<button>Propose it</button></form>\n"
        '<p class="soft">We write to you that it arrived. Your name and address are for questions '
        "about your proposal, and for nothing else.</p>",
        title=of.title,
        fault=markup('<p class="late" role="alert">{fault}</p>', fault=fault) if fault else NOTHING,
        slug=slug,
        round=of.slug,
        form_id=form_id,
        typed_title=typed.get("title", ""),
        text=Markup("\n" + html.escape(typed.get("text", ""))),
        place=typed.get("place", ""),
        currency=of.currency,
        cost=typed.get("cost", ""),
        name=typed.get("name", ""),
        email=typed.get("email", ""),
    )
    return document(f"{of.title}: propose something", body)


def proposed_page(slug: str, of: Round) -> Markup:
    """That a proposal arrived."""
    body = markup(
        "<h1>Thank you</h1>\n<p>Your proposal is with us. We look at it, and show it on "
        '<a href="/o/{slug}/budget/{round}">the page of the round</a> then.</p>',
        slug=slug,
        round=of.slug,
    )
    return document("Thank you", body)


def few_ballots() -> str:
    """Why a round's ballots are not given out."""
    return f"Fewer than {FEW} people voted: their ballots, though without names, could be guessed."
