"""The items of TRIPOD+AI and where the report answers them, so that an auditor need not search.

Collins GS, Moons KGM, Dhiman P, et al. TRIPOD+AI statement: updated guidance for reporting clinical prediction models
that use regression or machine learning methods. BMJ 2024;385:e078378. The words are ours and shorter; the numbers are
the checklist's. What a page about one model version cannot know is said to be not answered, and by whom it could be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["yes", "partly", "no"]
Words = tuple[str, str]


@dataclass(frozen=True)
class Item:
    """One item: what it asks for, whether it is answered, how, and in which section (its anchor; empty: nowhere)."""

    number: str
    asks: Words
    status: Status
    answer: Words
    section: str = ""


@dataclass(frozen=True)
class Known:
    """What the answers depend on."""

    synthetic: bool
    temporal: bool
    published: bool
    profile: bool
    tested_only: bool


def items(known: Known) -> list[Item]:
    """Return every item of the checklist in its order."""
    synthetic = known.synthetic
    return [
        Item("1", ("Title names model, people, outcome", "标题点明模型、人群、结局"), "yes",
             ("Header", "页首"), "glance"),
        Item("2", ("Abstract", "摘要"), "partly",
             ("At a glance, not a structured abstract", "见概览，非结构化摘要"), "glance"),
        Item("3a", ("Setting and why; existing models", "背景、理由与已有模型"), "partly",
             ("Published score, if any; the case for the model is the programme's to make",
              "列出已发表评分；立项理由由项目方说明"),
             "published"),
        Item("3b", ("Target people, place in care, users", "目标人群、诊疗环节、使用者"), "partly",
             ("Target people are given; place in care is decided by the programme",
              "已给出目标人群；所处环节由项目方确定"), "glance"),
        Item("3c", ("Known inequalities", "已知健康不平等"), "partly",
             ("Measured by subgroup; their causes are not discussed", "按亚组度量；未讨论成因"), "fairness"),
        Item("4", ("Objectives", "研究目的"), "yes",
             ("Development and internal validation", "开发与内部验证"), "glance"),
        Item("5a", ("Sources of data, representativeness", "数据来源与代表性"), "yes" if synthetic else "partly",
             ("Named in header and limits", "见页首与局限性"), "provenance"),
        Item("5b", ("Dates", "起止日期"), "yes" if known.profile else "no",
             ("First and last index date, horizon", "首末基线日期与预测时间"), "people"),
        Item("6a", ("Setting and places", "研究场所"), "partly",
             ("The source's notice", "数据源说明"), "provenance"),
        Item("6b", ("Who is eligible", "入选标准"), "yes",
             ("Study flow", "研究流程"), "people"),
        Item("6c", ("Treatments received", "所受治疗"), "partly",
             ("As features where recorded, not handled otherwise", "有记录者作为特征，未另行处理"), "features"),
        Item("7", ("Data preparation and quality", "数据准备与质量"), "partly",
             ("Rows that break a contract are set aside by the lake (`sanzao data check`); not listed here",
              "不合约定的记录由数据湖剔除（`sanzao data check`），此处未列"), "features"),
        Item("8a", ("Outcome, horizon, how assessed", "结局、时间与判定"), "yes",
             ("Header; code sets stand in the declaration", "见页首；编码集见模型声明"), "glance"),
        Item("8b", ("Who judged the outcome, if subjective", "主观结局的判定者"), "no",
             ("The records do not say who diagnosed", "记录未注明诊断者")),
        Item("8c", ("Outcome judged blind to predictors", "结局判定是否盲法"), "no",
             ("Not known of routine records", "常规记录无从得知")),
        Item("9a", ("Choice of predictors", "预测因素的选取"), "partly",
             ("Declared in advance in one file a model; reasons in its comments",
              "在模型声明中预先列出，理由见注释"), "features"),
        Item("9b", ("Predictors defined, how and when measured", "预测因素的定义与测量"), "yes",
             ("Unit, range, definition; known by the index date only",
              "单位、范围、定义；仅用基线日前已知者"), "features"),
        Item("9c", ("Who judged predictors, if subjective", "主观预测因素的判定者"), "no",
             ("The records do not say", "记录未注明")),
        Item("10", ("Sample size", "样本量"), "partly",
             ("Size and outcomes are given; none was calculated beforehand", "给出样本与结局数；未事先估算"), "people"),
        Item("11", ("Missing data", "缺失数据"), "yes",
             ("Share by feature; scored as missing, never imputed", "逐特征缺失率；按缺失计分，不插补"), "features"),
        Item("12a", ("How the data were divided", "数据如何划分"), "yes",
             ("Nested validation, whole persons in each fold", "嵌套验证，同一人只在一折"), "provenance"),
        Item("12b", ("Shape of predictors", "预测因素的函数形式"), "yes",
             ("Every curve is drawn", "全部曲线已绘出"), "model"),
        Item("12c", ("Type of model, building, tuning", "模型类型、构建与调参"), "yes",
             ("Candidates, choice and inner results", "候选、选择与内层结果"), "provenance"),
        Item("12d", ("Differences between places", "地区间差异"), "no",
             ("Not worked out by county in this report", "本报告未按县区计算")),
        Item("12e", ("Measures of performance", "性能指标"), "yes",
             ("Discrimination, calibration, net benefit", "区分度、校准度、净获益"), "discrimination"),
        Item("12f", ("Updating", "模型更新"), "yes" if known.temporal else "no",
             ("Recalibration on later people", "后期人群再校准") if known.temporal else ("None was done", "未做"),
             "time" if known.temporal else ""),
        Item("12g", ("How predictions are computed", "预测如何计算"), "yes",
             ("Sum of the curves and maps shown", "所示曲线与图之和"), "model"),
        Item("13", ("Class imbalance", "类别不平衡"), "yes",
             ("Controls may be drawn by lot and weighted back; risks are calibrated",
              "对照可抽样并加权还原，风险经校准"), "calibration"),
        Item("14", ("Fairness", "公平性"), "yes",
             ("Measured by subgroup; nothing was done to the model for it", "按亚组度量；未对模型作干预"), "fairness"),
        Item("15", ("What the model gives out", "模型输出"), "yes",
             ("A probability; tiers at the top 5% and 20%", "概率；按前 5% 与 20% 分层"), "glance"),
        Item("16", ("Training against evaluation data", "训练与评估数据的差别"), "yes",
             ("Same source; later people where there is a split", "同一来源；有划分时用后期人群"), "time"),
        Item("17", ("Ethics", "伦理"), "yes" if synthetic else "no",
             ("No people involved", "不涉及真人") if synthetic else ("See the source's own approval", "见数据源的审批"),
             "limits" if synthetic else ""),
        Item("18a", ("Funding", "资助"), "no", ("To be given by who publishes", "由发布者说明")),
        Item("18b", ("Conflicts of interest", "利益冲突"), "no", ("To be given by who publishes", "由发布者说明")),
        Item("18c", ("Protocol", "研究方案"), "no", ("None is linked", "未附")),
        Item("18d", ("Registration", "注册"), "no",
             ("Not in a public register; the model registry holds the version", "未公开注册；模型库存有版本")),
        Item("18e", ("Data sharing", "数据共享"), "partly",
             ("Licence of the source", "数据源许可"), "provenance"),
        Item("18f", ("Code sharing", "代码共享"), "yes",
             ("Code revision; Apache-2.0", "代码版本；Apache-2.0"), "provenance"),
        Item("19", ("Patients and public", "患者与公众参与"), "no", ("Not recorded", "未记录")),
        Item("20a", ("Flow of participants", "参与者流程"), "yes", ("Study flow", "研究流程"), "people"),
        Item("20b", ("Characteristics", "人群特征"), "yes" if known.profile else "no",
             ("By outcome, with missing shares", "按结局分组，含缺失率"), "people"),
        Item("20c", ("Development against evaluation people", "开发与评估人群比较"), "partly",
             ("Performance only; distributions are compared by `sanzao drift`",
              "仅比较性能；分布由 `sanzao drift` 比较"), "time"),
        Item("21", ("Participants and outcomes in each analysis", "各分析的人数与结局数"), "yes",
             ("Beside each figure", "见各图表"), "people"),
        Item("22", ("Full specification", "完整模型"), "yes", ("Every curve and map", "全部曲线与图"), "model"),
        Item("23a", ("Performance with intervals, key subgroups", "带区间的性能与主要亚组"), "yes",
             ("Intervals by bootstrap of people", "按人自助抽样的区间"), "discrimination"),
        Item("23b", ("Performance by place", "各地区性能"), "partly",
             ("By income of township, not by place", "按乡镇收入，未按地区"), "fairness"),
        Item("24", ("Results of updating", "更新结果"), "yes" if known.temporal else "no",
             ("Before and after recalibration", "再校准前后") if known.temporal else ("None was done", "未做"),
             "time" if known.temporal else ""),
        Item("25", ("Interpretation, earlier studies", "解释与既往研究"), "partly",
             ("Published score beside it" if known.published else "None could be traced to compare with",
              "与已发表评分并列" if known.published else "没有可追溯的评分可比"), "published"),
        Item("26", ("Limitations", "局限性"), "yes", ("Limits", "局限性"), "limits"),
        Item("27a", ("Poor or missing input in use", "使用时输入缺失或低质"), "yes",
             ("Missing is scored; implausible values are refused", "缺失可计分；不合理取值被拒绝"), "features"),
        Item("27b", ("What users must do and know", "用户所需操作与专业知识"), "no",
             ("Belongs to the programme's own instructions", "由项目自身规程说明")),
        Item("27c", ("Next steps", "后续研究"), "no", ("Not stated", "未说明")),
    ]  # fmt: skip
