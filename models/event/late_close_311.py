"""The same of a 311 line, which also tells by which channel a request was received."""

from models.event._requests import BASIC, BY_CHANNEL
from models.event_model import EventModel

MODEL = EventModel(
    name="late_close_311",
    title="Closed late, and hours until closed (311)",
    title_zh="超期办结与办结时长（311）",
    features=(*BASIC, *BY_CHANNEL),
)
