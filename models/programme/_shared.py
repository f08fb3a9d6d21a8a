"""What programmes share: how much a clinic can do, how far people go, and figures that several of them cite."""

from models.screening_programme import OWN_CHOICE, Figure

# No figure of the city's clinics could be had, so capacity and reach are placeholders for a city to set.
FEW_SLOTS = Figure(10, f"{OWN_CHOICE}: an examination by a specialist, two a working day")
SOME_SLOTS = Figure(20, f"{OWN_CHOICE}: four a working day")
MANY_SLOTS = Figure(40, f"{OWN_CHOICE}: eight a working day")
NEAR = Figure(10, f"{OWN_CHOICE}: a way of half an hour by road")
FAR = Figure(30, f"{OWN_CHOICE}: the county hospital")

HEALTH_CHECK_UPTAKE = Figure(
    0.526,
    "England's NHS Health Check, 5,102,758 of 9,694,979 invited (Patel R et al., BMJ Open 2020;10:e042963); no figure "
    "of China could be traced",
)
DEFINES_IT = "by definition: the model says what this very test shows"
NO_CAPACITY = "slots a clinic has: no figure of the city; our own choice stands in"
NO_WAIT_AFTER_INFARCTION = "how long endoscopy waits after a heart attack: no number of days could be traced"
