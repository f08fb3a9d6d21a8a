"""Access and privacy: who may ask what, whom of the residents they see, and the trace that it leaves.

How a route declares what it needs (a route that does not is refused at start-up, see `serving.access.needs`):

    router = APIRouter(prefix="/v1/areas", dependencies=[needs("aggregates")])       # its answers show no person
    def show(resident: int, access: Annotated[Access, needs("persons")]): access.see([resident])     # or they do

`see` refuses residents outside the caller's reach and logs the others before the answer leaves; for a long list take
`access.may_see(persons)` first, a mask, and then `see` those who are left. An answer of a `needs("persons")` route that
called neither `see` nor `nobody` does not leave. Apps know residents by pseudonyms: take what a caller names through
`access.numbers_of`, and write what it gets to read by `access.name_of`.
"""

from serving.access.access import Access
from serving.access.needs import needs

__all__ = ["Access", "needs"]
