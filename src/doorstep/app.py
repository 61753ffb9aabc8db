"""The only place that wires things together."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, Router
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, License, SecurityScheme
from litestar.types import ControllerRouterHandler

from doorstep import __version__, health, pages
from doorstep.accounts.api import CONTROLLERS as ACCOUNTS
from doorstep.accounts.auditing_api import CONTROLLERS as AUDITING
from doorstep.accounts.service import NewDevices
from doorstep.algorithms.cutting import warm_up
from doorstep.budgets.api import CONTROLLERS as BUDGETS
from doorstep.budgets.proposing import letters as proposal_letters
from doorstep.canvass.api import CONTROLLERS as CANVASS
from doorstep.canvass.gathering import Gathering
from doorstep.canvass.measuring import PERIODIC as PACE_WORK
from doorstep.canvass.model import EventBatch
from doorstep.canvass.pace_api import CONTROLLERS as PACES
from doorstep.canvass.review_api import CONTROLLERS as REVIEW
from doorstep.engage.api import CONTROLLERS as ENGAGE
from doorstep.events.api import CONTROLLERS as EVENTS
from doorstep.events.calendar_api import CONTROLLERS as CALENDARS
from doorstep.events.link_api import CONTROLLERS as SIGNUP_LINKS
from doorstep.events.notices import renderers as shift_words
from doorstep.events.service import PERIODIC as SHIFT_WORK
from doorstep.events.signup_api import CONTROLLERS as SHIFTS
from doorstep.follow_up.api import CONTROLLERS as FOLLOW_UP
from doorstep.follow_up.sending import letters_of as issue_letters
from doorstep.follow_up.sending import periodic as follow_up_work
from doorstep.guests.api import CONTROLLERS as GUESTS
from doorstep.guests.service import PERIODIC as GUEST_WORK
from doorstep.hooks.api import CONTROLLERS as HOOKS
from doorstep.hooks.sending import periodic as hook_work
from doorstep.imports.api import CONTROLLERS as IMPORTS
from doorstep.imports.running import Runs
from doorstep.kit import logs
from doorstep.kit.auth import (
    ANONYMOUS,
    NO_DATABASE,
    UNCOMPRESSED,
    RequestTransaction,
    provide_caller,
    provide_db,
    provide_entrance,
)
from doorstep.kit.db import Pool, open_pool
from doorstep.kit.errors import NotFoundError
from doorstep.kit.jobs import Jobs
from doorstep.kit.problems import HANDLERS
from doorstep.kit.tokens import Keyring
from doorstep.letters.api import CONTROLLERS as LETTERS
from doorstep.letters.model import Renderers as LetterRenderers
from doorstep.letters.own_letters import renderers as own_letters
from doorstep.letters.sending import periodic as letter_work
from doorstep.listening.api import CONTROLLERS as LISTENING
from doorstep.listening.issue_api import CONTROLLERS as PUBLIC_ISSUES
from doorstep.listening.open311_api import CONTROLLERS as OPEN311
from doorstep.listening.public_api import CONTROLLERS as PUBLIC_SURVEYS
from doorstep.listening.statement_api import CONTROLLERS as PUBLIC_STATEMENTS
from doorstep.listening.wording import LETTERS as SURVEY_LETTERS
from doorstep.mailings.api import CONTROLLERS as MAILINGS
from doorstep.mailings.service import LETTERS as MAILING_LETTERS
from doorstep.maps.api import CONTROLLERS as MAPS
from doorstep.maps.ogc_api import CONTROLLERS as OGC
from doorstep.mine.api import CONTROLLERS as MINE
from doorstep.mine.sections import sections
from doorstep.notify.api import CONTROLLERS as NOTIFY
from doorstep.notify.channels.chat import chat_channels
from doorstep.notify.channels.email import email_channels
from doorstep.notify.channels.unsubscribing_api import CONTROLLERS as UNSUBSCRIBING
from doorstep.notify.notices import RENDERERS as OWN_WORDS
from doorstep.notify.rendering import Renderers
from doorstep.notify.service import tell_of_new_device
from doorstep.notify.working import Work, push_channels, work_of, working
from doorstep.outreach.api import CONTROLLERS as OUTREACH
from doorstep.outreach.service import PERIODIC as OUTREACH_WORK
from doorstep.outreach.service import renderers as event_letters
from doorstep.overview.api import CONTROLLERS as OVERVIEW
from doorstep.overview.buddying import PERIODIC as BUDDY_WORK
from doorstep.overview.dashboard_api import CONTROLLERS as DASHBOARD
from doorstep.overview.notices import RENDERERS as BUDDY_WORDS
from doorstep.people.api import CONTROLLERS as PEOPLE
from doorstep.people.matching_api import CONTROLLERS as MATCHING
from doorstep.people.rights_api import CONTROLLERS as RIGHTS
from doorstep.reports.api import CONTROLLERS as REPORTS
from doorstep.settings import Settings
from doorstep.sharing.api import CONTROLLERS as SHARING
from doorstep.sharing.posting import periodic as posting_work
from doorstep.sheets.api import CONTROLLERS as SHEETS
from doorstep.staffing.api import CONTROLLERS as STAFFING
from doorstep.surveys.api import CONTROLLERS as SURVEYS
from doorstep.sync.api import CONTROLLERS as SYNC
from doorstep.sync.dialects_api import CONTROLLERS as DIALECTS
from doorstep.turf.api import CONTROLLERS as TURF
from doorstep.turf.model import FeatureCollection
from doorstep.turf.notices import RENDERERS as TURF_WORDS
from doorstep.universes.api import CONTROLLERS as UNIVERSES
from doorstep.universes.service import refresh
from doorstep.volunteers.api import CONTROLLERS as VOLUNTEERS
from doorstep.walk.api import CONTROLLERS as WALK

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *ACCOUNTS,
    *AUDITING,
    *HOOKS,
    *NOTIFY,
    *UNSUBSCRIBING,
    *VOLUNTEERS,
    *EVENTS,
    *SHIFTS,
    *CALENDARS,
    *SIGNUP_LINKS,
    *STAFFING,
    *PEOPLE,
    *IMPORTS,
    *RIGHTS,
    *MATCHING,
    *WALK,
    *TURF,
    *CANVASS,
    *REVIEW,
    *PACES,
    *SYNC,
    *DIALECTS,
    *SURVEYS,
    *REPORTS,
    *SHEETS,
    *MAPS,
    *OGC,
    *UNIVERSES,
    *ENGAGE,
    *BUDGETS,
    *SHARING,
    *FOLLOW_UP,
    *OVERVIEW,
    *DASHBOARD,
    *OUTREACH,
    *LISTENING,
    *PUBLIC_SURVEYS,
    *PUBLIC_ISSUES,
    *PUBLIC_STATEMENTS,
    *OPEN311,
    *GUESTS,
    *LETTERS,
    *MINE,
    *MAILINGS,
    health.HealthController,
    *pages.PAGES,
    logs.get_metrics,
)
MAX_BODY_BYTES = 10 * 2**20
BUNDLE_PATH = r"/turfs/[^/]+/bundle$"


def create_app(settings: Settings, database_url: str, *, works: bool = False) -> Litestar:
    """The application, ready to serve requests against a migrated database.

    Parameters
    ----------
    settings
        What can be set.
    database_url
        The login for requests, in asyncpg's form; see ``kit.embedded`` for the server we run.
    works
        Whether it does the worker's work beside requests.
    """
    keyring = Keyring(settings.keys_dir, settings.public_url)
    pools: list[Pool] = []
    jobs = Jobs()
    import_runs = Runs(jobs, refresh)
    gathering = Gathering()
    renderers = renderers_of(settings, keyring)
    own_sections = sections(keyring, settings.public_url)

    @contextlib.asynccontextmanager
    async def database(_: Litestar) -> AsyncGenerator[None]:
        async with await open_pool(database_url, connections=settings.database_connections) as pool:
            pools.append(pool)
            async with contextlib.AsyncExitStack() as beside:
                if works:
                    await beside.enter_async_context(working(pool, work(settings, keyring)))
                yield
            await jobs.stop()
            pools.clear()

    @contextlib.asynccontextmanager
    async def compiled(_: Litestar) -> AsyncGenerator[None]:
        # Not in the first request that cuts; the server answers meanwhile.
        warming = asyncio.create_task(asyncio.to_thread(warm_up))
        yield
        warming.cancel()

    def provide_pool() -> Pool:
        return pools[0]

    app = Litestar(
        route_handlers=ROUTES,
        lifespan=[database, compiled],
        middleware=[RequestTransaction(provide_pool, keyring)],
        dependencies={
            "db": Provide(provide_db, sync_to_thread=False),
            "caller": Provide(provide_caller, sync_to_thread=False),
            "entrance": Provide(provide_entrance, sync_to_thread=False),
            "gathering": Provide(lambda: gathering, sync_to_thread=False),
            "pool": Provide(provide_pool, sync_to_thread=False),
            "keyring": Provide(lambda: keyring, sync_to_thread=False),
            "jobs": Provide(lambda: jobs, sync_to_thread=False),
            "import_runs": Provide(lambda: import_runs, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "renderers": Provide(lambda: renderers, sync_to_thread=False),
            "own_sections": Provide(lambda: own_sections, sync_to_thread=False),
            "new_devices": Provide(lambda: NewDevices(tell_of_new_device), sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        compression_config=CompressionConfig(
            backend="gzip", exclude=[BUNDLE_PATH], exclude_opt_key=UNCOMPRESSED
        ),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
    )
    app.asgi_handler = logs.Observe(app.asgi_handler)
    _describe(app, EventBatch, FeatureCollection)
    return app


def renderers_of(settings: Settings, keyring: Keyring) -> Renderers:
    """What turns each kind of notification into words."""
    return {**OWN_WORDS, **TURF_WORDS, **BUDDY_WORDS, **shift_words(keyring, settings.public_url)}


def letters_of(settings: Settings, keyring: Keyring) -> LetterRenderers:
    """What writes each kind of letter to constituents."""
    return {
        **own_letters(keyring, settings.public_url),
        **event_letters(keyring, settings.public_url),
        **issue_letters(keyring, settings.public_url),
        **proposal_letters(settings.public_url),
        **SURVEY_LETTERS,
        **MAILING_LETTERS,
    }


def work(settings: Settings, keyring: Keyring) -> Work:
    """What a worker does: tell members, and the periodic work of the rooms."""
    periodic = (
        *SHIFT_WORK,
        *BUDDY_WORK,
        *OUTREACH_WORK,
        *hook_work(settings, keyring),
        *follow_up_work(settings, keyring),
        *posting_work(settings, keyring),
        *GUEST_WORK,
        *PACE_WORK,
        *letter_work(settings, keyring, letters_of(settings, keyring)),
    )
    channels = [
        *push_channels(settings),
        *email_channels(settings, keyring),
        *chat_channels(settings),
    ]
    return work_of(renderers_of(settings, keyring), channels, periodic=periodic)


def openapi_config() -> OpenAPIConfig:
    """What the OpenAPI file says about the whole."""
    return OpenAPIConfig(
        title="Doorstep",
        version=__version__,
        summary="Canvassing, volunteer coordination and constituent follow-up",
        description=(
            "Sign in with a code, send the access token as `Authorization: Bearer`. Every failure "
            "is `application/problem+json` (RFC 9457). Times are UTC, shapes GeoJSON."
        ),
        contact=Contact(name="The Doorstep developers"),
        license=License(name="EUPL-1.2", identifier="EUPL-1.2"),
        components=Components(
            security_schemes={"device": SecurityScheme(type="http", scheme="bearer")},
        ),
        security=[{"device": []}],
        render_plugins=[],
        use_handler_docstrings=True,
        path="/openapi",
        openapi_router=Router(
            "/openapi",
            route_handlers=[],
            include_in_schema=False,
            opt={ANONYMOUS: True, NO_DATABASE: True},
            before_request=_only_the_file,
        ),
    )


async def _only_the_file(request: Request[Any, Any, Any]) -> None:
    # Litestar answers every other path below /openapi itself, with a page of its own.
    if not request.url.path.endswith("/openapi.json"):
        raise NotFoundError


def _describe(app: Litestar, *kinds: type[msgspec.Struct]) -> None:
    """Add structs to the OpenAPI file that no handler names, because it reads its body itself."""
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    described: dict[str, Any] = cast("Any", app.openapi_schema.components).schemas
    for name, schema in schemas.items():
        described.setdefault(name, schema)
