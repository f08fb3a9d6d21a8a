"""The source of Baltimore's service requests: what it reads, and what it says where the file is not there."""

from __future__ import annotations

import pandas as pd
import pytest

from features.contracts import contracts
from features.errors import NotReadyError
from features.settings import settings
from features.sources.baltimore311 import FILE, SOURCE, requests, requests_file

ROWS = """SRRecordID,SRType,MethodReceived,CreatedDate,SRStatus,DueDate,CloseDate,Agency,Neighborhood
18-1,TRT-Signal,Phone,04/12/2018 11:11:26 PM,Closed,04/13/2018 11:11:26 AM,04/12/2018 12:45:47 PM,Transportation,Dorch
50a9AAA,SW-Alley,API,04/16/2018 12:30:13 AM,Open,04/23/2018 05:30:13 AM,,Solid Waste,
14-3,ECC-Escalation,Internal,04/22/2014 01:07:39 PM,New,,,Call Center,Lakeland
"""


def test_a_request_is_read_as_the_contract_has_it(tmp_path):
    (tmp_path / FILE).write_text(ROWS)
    table = requests(tmp_path)
    assert table["service_request_id"].tolist() == [1, 2, 3]
    assert table["created_at"][0] == pd.Timestamp("2018-04-12T23:11:26Z")
    assert table["created_at"][1] == pd.Timestamp("2018-04-16T00:30:13Z")  # 12:30 AM is after midnight
    assert table["closed_at"].isna().tolist() == [False, True, True]
    assert table["due_at"].isna().tolist() == [False, False, True]
    assert table["township"].isna().tolist() == [False, True, False]
    assert (table["known_at"] == table["created_at"]).all()
    assert contracts()["service_request"].findings(table.assign(text=None)).empty


def test_a_missing_file_says_which_folder_to_name(tmp_path):
    with pytest.raises(NotReadyError, match="SANZAO_BALTIMORE311"):
        requests(tmp_path / "nowhere")


def test_another_file_of_the_same_name_is_not_taken(tmp_path):
    (tmp_path / FILE).write_text("a,b\n1,2\n")
    with pytest.raises(NotReadyError, match="it has no Agency"):
        requests(tmp_path)


def test_the_source_says_that_its_people_are_real_and_its_notice_that_it_is_a_draw():
    assert not SOURCE.synthetic
    assert "draw" in SOURCE.notice


@pytest.mark.skipif(
    not (settings().baltimore311 / FILE).is_file(), reason="the Baltimore file is not in SANZAO_BALTIMORE311"
)
def test_the_real_file_has_the_requests_that_its_description_counts():
    table = requests(requests_file().parent)
    assert len(table) == 10_000
    assert (int(table["closed_at"].isna().sum()), int(table["due_at"].isna().sum())) == (208, 286)
    assert table["closed_at"].max() < SOURCE.as_of
    assert table["created_at"].max() < SOURCE.as_of
