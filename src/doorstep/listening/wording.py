"""The words of letters to those who answered."""

from doorstep.kit.db import Connection
from doorstep.letters.model import Letter, LetterKind, LetterText, Renderers
from doorstep.listening import queries


async def _thanks(db: Connection, letter: Letter) -> LetterText | None:
    found = await queries.thanked_for(db, letter.organization_id, letter.about)
    if found is None:
        return None
    own = (found.thanks,) if found.thanks.strip() else ()
    return LetterText(
        subject=f"Thank you for your answers: {found.title}",
        paragraphs=("Your answers are in. Thank you for taking the time.", *own),
    )


LETTERS: Renderers = {LetterKind.SURVEY_THANKS: _thanks}
