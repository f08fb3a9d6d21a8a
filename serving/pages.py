"""Pages for people: the risk list and one resident, rendered on the server, without any script or outside request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from features.errors import SanzaoError
from features.views import get_feature
from models.risk_model import RiskModel
from serving.access import Access, needs
from serving.core import answer
from serving.own_list import own_part
from serving.present import risk_out
from serving.service import Service
from serving.words import LANGUAGES, Language, label, messages, written_value

PAGE_SIZE = 25

# Nothing but our own style sheet may load: no script, no frame, no other host.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'"
)

pages = APIRouter(include_in_schema=False)
templates = Jinja2Templates(Path(__file__).parent / "templates")

Persons = Annotated[Access, needs("persons", page=True)]
Lang = Annotated[str | None, Query(pattern="^(en|zh)$")]


def language_of(request: Request, asked: str | None) -> Language:
    """Return the asked language, else the browser's if we speak it, else English."""
    if asked in LANGUAGES:
        return asked
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def page(request: Request, template: str, language: Language, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page, with what all of them show, under a policy by which it can load nothing but our style sheet."""
    service: Service = request.app.state.service
    source = service.source
    context = {
        "text": messages(language),
        "language": language,
        "other": "en" if language == "zh" else "zh",
        "source_title": source.title_zh if language == "zh" else source.title,
        "notice": source.notice_zh if language == "zh" else source.notice,
        "synthetic": source.synthetic,
        "as_of": service.population.now.date().isoformat(),
        "other_url": request.url.include_query_params(lang="en" if language == "zh" else "zh"),
    } | values
    answer_page = templates.TemplateResponse(request, template, context, status_code=status)
    answer_page.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer_page


@pages.get("/", response_class=HTMLResponse)
def risk_list_page(
    request: Request, access: Persons, model: str | None = None, cursor: str | None = None, lang: Lang = None
) -> HTMLResponse:
    """Show one page of a model's risk list."""
    service: Service = request.app.state.service
    language = language_of(request, lang)
    ranking = service.ranking
    declared = service.registry.declared
    chosen = model or next(iter(ranking.snapshot.champions), next(iter(declared)))
    choices = [
        (name, entry.title_zh if language == "zh" else entry.title)
        for name, entry in declared.items()
        if isinstance(entry, RiskModel)
    ]
    try:
        champion = ranking.snapshot.champion(chosen)
        own = own_part(ranking.lists[chosen], access)
        shown, first, following = ranking.page(own, PAGE_SIZE, cursor)
    except SanzaoError as error:
        return page(request, "unavailable.html", language, error.status, choices=choices, chosen=chosen, error=error)
    access.see(shown.index.to_numpy(), chosen)
    people = []
    for place, entries in enumerate(answer(ranking.snapshot, shown, [chosen])):
        features = shown.iloc[place]
        people.append(
            {
                "rank": first + place + 1,
                "resident": int(shown.index[place]),
                "age": int(features["age"]),
                "sex": messages(language)["woman" if features["female"] == 1 else "man"],
                "risk": risk_out(entries[0]),
                "missing": [label(get_feature(name), language) for name in entries[0].missing],
            }
        )
    return page(
        request, "list.html", language, choices=choices, chosen=chosen, champion=champion, people=people,
        count=len(own), next_cursor=following, first=first,
        title=champion.declaration.title_zh if language == "zh" else champion.declaration.title,
    )  # fmt: skip


@pages.get("/resident", response_class=HTMLResponse)
def find_resident(access: Persons, number: str, lang: Lang = None) -> RedirectResponse:
    """Go from the number typed into the search field to that resident's page."""
    digits = "".join(character for character in number if character.isdigit())[:18] or "0"
    return RedirectResponse(f"/residents/{digits}" + (f"?lang={lang}" if lang else ""), status_code=303)


@pages.get("/residents/{resident}", response_class=HTMLResponse)
def resident_page(request: Request, access: Persons, resident: int, lang: Lang = None) -> HTMLResponse:
    """Show one resident's risks under every model, with reasons, and the measurements they rest on."""
    service: Service = request.app.state.service
    language = language_of(request, lang)
    try:
        access.see([resident])
        features = service.features_of([resident])
        answers = service.answers_of([resident]).risks(0)
    except SanzaoError as error:
        return page(request, "unavailable.html", language, error.status, choices=[], chosen="", error=error)
    values = [
        (label(get_feature(name), language), written_value(get_feature(name), float(column[0]), language))
        for name, column in features.items()
    ]
    risks = [risk_out(entry) for entry in answers]
    return page(
        request, "resident.html", language, resident=resident, risks=risks, values=values,
        missing={r.model: [label(get_feature(name), language) for name in r.missing] for r in risks},
    )  # fmt: skip
