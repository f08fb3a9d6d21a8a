"""Screening: what earlier tests found, and how long ago they were done."""

from features.feature import View
from features.taking import FIVE_YEARS, YEAR, days_with, latest, time_since

TEN_YEARS = 10 * YEAR

VIEW = View(
    name="screening",
    description="Results and dates of screening tests.",
    features=(
        latest("fit_positive", 1, kind="binary", direction="rises"),
        latest("afp", 0.5, direction="rises"),
        latest("ldct_nodule", 1, direction="rises"),
        latest("hbsag", 1, kind="binary", window=TEN_YEARS, direction="rises"),
        latest("hpv_high_risk", 1, kind="binary", direction="rises"),
        latest("birads", 1, kind="ordinal"),
        latest("helicobacter", 1, kind="binary", window=TEN_YEARS, direction="rises"),
        time_since("fit_days", "the last faecal immunochemical test", "最近一次粪便免疫化学检测", "done.fit"),
        time_since("colonoscopy_days", "the last colonoscopy", "最近一次结肠镜检查", "done.colonoscopy"),
        time_since("gastroscopy_days", "the last gastroscopy", "最近一次胃镜检查", "done.gastroscopy"),
        time_since("ldct_days", "the last low-dose CT", "最近一次低剂量CT", "done.ldct"),
        time_since("mammography_days", "the last mammography", "最近一次乳腺钼靶", "done.mammography"),
        time_since("hpv_days", "the last HPV test", "最近一次HPV检测", "done.hpv"),
        days_with("invitations", "screening invitations", "筛查邀请次数", "invited.any", window=FIVE_YEARS),
    ),
)
