"""Whom a programme should invite next, for any capacity; and opening the week's list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from models.screening_programme import get_programme
from serving import schemas_lists as schemas
from serving.access import Access, needs
from serving.asked import PROBLEMS, Served, notice_of
from serving.loop.invitations import record_invitations
from serving.loop.opening import open_list
from serving.population import write_cursor
from serving.schemas import Notice
from serving.selection import FLOOR_SHARE
from serving.worklist_lines import Listing, by_township, lines, listing
from serving.worklists import area_of, week_of

router = APIRouter(prefix="/v1/worklists", responses=PROBLEMS | {409: PROBLEMS[404]})

Clinic = Annotated[str | None, Query(max_length=12, description="code of the township whose clinic works the list")]
Area = Annotated[str | None, Query(max_length=12, description="a county or township: the beginning of codes")]
Capacity = Annotated[
    int | None, Query(ge=1, le=100_000, description="people to invite; default: the slots of every clinic")
]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,200}$", description="names the request, to send it again"),
]
Seeing = Annotated[Access, needs("programmes", shows_persons=True)]
AT_ONCE = 500


@router.get("/{programme}")
def worklist(
    programme: str,
    request: Request,
    service: Served,
    access: Seeing,
    clinic: Clinic = None,
    area: Area = None,
    capacity: Capacity = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> schemas.Worklist:
    """List whom to invite this week with a capacity, highest expected benefit first: "if we can call 40"."""
    chosen = listing(request.app.state.lists, access, programme, clinic, area, capacity)
    start = chosen.after(cursor)
    stop = min(start + limit, len(chosen.people.rows))
    access.see(chosen.people.person[start:stop], programme)
    following = None
    if stop < len(chosen.people.rows):
        following = write_cursor(float(chosen.people.benefit[stop - 1]), int(chosen.people.person[stop - 1]))
    expected = chosen.people.expected()
    names = service.source.area_names.get(chosen.area or "", (chosen.area, chosen.area))
    return schemas.Worklist(
        programme=programme,
        week=chosen.week,
        as_of=chosen.people.population.now.date(),
        model=chosen.people.programme.model,
        version=chosen.people.champion.version,
        area=chosen.area,
        area_name=names[0],
        area_name_zh=names[1],
        eligible=len(chosen.everybody.rows),
        capacity=chosen.capacity,
        by_lot=int(chosen.chosen.by_lot.sum()),
        floor_share=FLOOR_SHARE,
        expected=schemas.Expected(
            invited=expected.invited,
            tests=expected.tests,
            cases_found=expected.found,
            number_needed_to_screen=expected.needed_to_screen,
            benefit=expected.benefit,
        ),
        townships=by_township(service, chosen),
        uptake_source=chosen.people.uptake_source,
        people=lines(service, chosen, access, start, stop),
        next_cursor=following,
        **notice_of(service),
    )


@router.get("/{programme}/export", response_class=StreamingResponse)
def export(
    programme: str,
    request: Request,
    service: Served,
    access: Seeing,
    clinic: Clinic = None,
    area: Area = None,
    capacity: Capacity = None,
    kind: Annotated[Literal["ndjson", "csv"], Query(alias="format")] = "ndjson",
) -> StreamingResponse:
    """Stream the whole list as lines of JSON, or as a table for a spreadsheet with the strongest reasons in words."""
    chosen = listing(request.app.state.lists, access, programme, clinic, area, capacity)
    access.see(chosen.people.person, programme)
    notice = notice_of(service)
    found = (
        line
        for start in range(0, len(chosen.people.rows), AT_ONCE)
        for line in lines(service, chosen, access, start, min(start + AT_ONCE, len(chosen.people.rows)))
    )
    if kind == "csv":
        return StreamingResponse(_table(chosen, found, str(notice["notice"])), media_type="text/csv; charset=utf-8")
    more = Notice(**notice).model_dump_json()[1:]
    return StreamingResponse(
        (f"{line.model_dump_json()[:-1]},{more}\n" for line in found), media_type="application/x-ndjson"
    )


def _table(chosen: Listing, found: Iterator[schemas.ListedCandidate], notice: str) -> Iterator[str]:
    """Yield lines of CSV; the first says whose data they are, with the mark that lets spreadsheets read Chinese."""
    head = (
        "rank", "resident", "age", "female", "township", "risk", "tier", "expected_benefit", "chosen_by", "due",
        "last_test", "last_contact", "offer", "offer_zh", "reasons", "reasons_zh", "notice",
    )  # fmt: skip
    yield "\ufeff" + _line(head)
    for line in found:
        yield _line(
            (
                line.rank, line.resident, f"{line.age:.0f}", int(line.female), line.township, line.risk.risk,
                line.risk.tier, line.expected_benefit, line.chosen_by, line.due,
                max((str(entry.on) for entry in line.last_tests), default=""),
                line.last_contact.on if line.last_contact else "", line.offer.label, line.offer.label_zh,
                "; ".join(reason.text for reason in line.risk.reasons),
                "；".join(reason.text_zh for reason in line.risk.reasons), notice,
            )
        )  # fmt: skip


def _line(cells: tuple[object, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


@router.post("/{programme}/open", status_code=201)
def open_week(
    programme: str, body: schemas.OpenRequest, request: Request, service: Served, access: Seeing, key: Key = None
) -> schemas.Opened:
    """Open this week's list: everybody chosen becomes a task and an invitation among the records.

    Those drawn by lot are among them, and each invitation bears the chance with which it was made.
    """
    access.nobody()
    everybody = request.app.state.lists.candidates(get_programme(programme))
    eligible = everybody.kept(access.may_see(everybody.person))
    area = area_of(body.clinic, body.area, eligible.circumstances.townships)
    week = week_of(eligible.population.now.date())
    answer = open_list(service.source.name, eligible, body.capacity, week, area, access.account.name, key)
    record_invitations(service.source.name, service.recorder.submit)
    return schemas.Opened(programme=programme, week=week, area=area, **answer, **notice_of(service))
