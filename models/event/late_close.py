"""Whether a request to the hotline will be closed late, and how many hours it will take."""

from models.event._requests import BASIC
from models.event_model import EventModel

MODEL = EventModel(
    name="late_close",
    title="Closed late, and hours until closed",
    title_zh="超期办结与办结时长",
    features=BASIC,
)
