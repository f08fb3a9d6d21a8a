"""Everything the report says, in English and in Chinese."""

from __future__ import annotations

import re

from features.views import all_features

Words = tuple[str, str]

WORDS: dict[str, Words] = {
    # the page
    "report": ("Model report", "模型报告"),
    "contents": ("Contents", "目录"),
    "version": ("Version", "版本"),
    "unnumbered": ("numbered on registration", "注册时编号"),
    "synthetic_badge": ("SIMULATED PEOPLE", "模拟人群"),
    "real_badge": ("REAL PEOPLE", "真实人群"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "missing": ("missing", "缺失"),
    "figure": ("Figure", "图"),
    "table": ("Table", "表"),
    "none": ("none", "无"),
    "not_for_care": (
        "Figures come from people the model never saw. They describe predictions, not what an intervention does.",
        "所有数字均来自模型从未见过的人群。它们描述预测表现，不代表干预效果。",
    ),
    # sections
    "s_glance": ("At a glance", "概览"),
    "s_people": ("Who was studied", "研究人群"),
    "s_features": ("What it is computed from", "预测因素"),
    "s_discrimination": ("Does it rank people rightly?", "区分度"),
    "s_calibration": ("Do the risks mean what they say?", "校准度"),
    "s_use": ("Is it worth acting on?", "临床净获益与筛查容量"),
    "s_time": ("Does it last, and what does it find?", "时间外推与发现途径"),
    "s_drivers": ("What moves people's risks", "哪些因素影响风险"),
    "s_model": ("The whole model", "完整模型"),
    "s_published": ("Beside the published score", "与已发表评分比较"),
    "s_fairness": ("Is it right for everybody?", "公平性"),
    "s_limits": ("Limits", "局限性"),
    "s_tripod": ("TRIPOD+AI", "TRIPOD+AI 条目"),
    "s_provenance": ("Where this comes from", "来源与可追溯性"),
    # at a glance
    "predicts_risk": (
        "Probability of {outcome} within {years} years of the index date, death without it being a competing event.",
        "自基线日起 {years} 年内发生{outcome}的概率；未发生即死亡视为竞争事件。",
    ),
    "predicts_death": (
        "Probability of dying within {years} years of the index date.",
        "自基线日起 {years} 年内死亡的概率。",
    ),
    "predicts_now": (
        "Probability that {outcome} is there now and nobody knows: what tests within {years} years show.",
        "当前已患{outcome}但尚未被发现的概率：以 {years} 年内的检查结果为准。",
    ),
    "for_whom": ("Residents aged {low} to {high}{sex}, free of {free}", "{low}–{high} 岁{sex}、基线时无{free}的居民"),
    "for_whom_all": ("Residents aged {low} to {high}{sex}", "{low}–{high} 岁{sex}居民"),
    "men": (", men only", "男性"),
    "women": (", women only", "女性"),
    "what": ("Predicts", "预测内容"),
    "whom": ("For", "适用人群"),
    "data": ("Data", "数据"),
    "made": ("Written", "生成日期"),
    "form": ("Form", "模型形式"),
    "form_told": (
        "{chosen}; exactly {curves} curves and {pairs} pair maps, all drawn below",
        "{chosen}；恰由 {curves} 条曲线和 {pairs} 张配对图相加而成，下文全部绘出",
    ),
    "glance": (
        "Of 1,000 people like these, {observed} had the outcome and the model expected {expected}. If the tenth at "
        "highest risk were invited and all came, {found} of all outcomes would be among them, one in {screen} of those "
        "who come.",
        "每 1,000 名此类人群中，实际发生 {observed} 例，模型预期 {expected} 例。若邀请风险最高的 10% 且全部到检，"
        "可覆盖全部结局的 {found}，平均每检查 {screen} 人发现 1 例。",
    ),
    "glance_short": (
        "Of 1,000 people like these, {observed} had the outcome and the model expected {expected}.",
        "每 1,000 名此类人群中，实际发生 {observed} 例，模型预期 {expected} 例。",
    ),
    "c_index": ("C-index", "C 指数"),
    "auc": ("AUC at the horizon", "时点 AUC"),
    "observed_expected": ("Observed / expected", "观察/预期比"),
    "calibration_slope": ("Calibration slope", "校准斜率"),
    "calibration_intercept": ("Calibration in the large", "总体校准（截距）"),
    "ici": ("ICI", "综合校准指数 ICI"),
    "brier": ("Brier score", "Brier 分数"),
    "scaled_brier": ("Scaled Brier score", "标化 Brier 分数"),
    "index_dates": ("Index dates", "基线时点数"),
    "events": ("Outcomes", "结局事件"),
    "deaths": ("Competing deaths", "竞争死亡"),
    "people_told": ("of {people} people", "来自 {people} 人"),
    "index_from_to": ("Index dates between", "基线日期范围"),
    "ideal": ("ideal {value}", "理想值 {value}"),
    # people
    "flow": ("Study flow", "研究流程"),
    "flow_note": (
        "Index dates are moments at which a prediction could have been made; one person may have several. Counts of 1 "
        "to 7 are not shown and others are rounded to five, so differences are those of rounded numbers.",
        "基线时点指可以作出预测的时刻，同一人可有多个。1–7 的计数不予显示，其余四舍五入到 5，差值按取整后的数字计算。",
    ),
    "left_out": ("left out", "排除"),
    "with_event": ("{events} with the outcome", "其中 {events} 例发生结局"),
    "table_one": ("The cohort by outcome", "按结局分组的队列特征"),
    "table_one_note": (
        "Median [quartiles] or %, unweighted; SMD is the difference of means over the common standard deviation. "
        "Quantiles are rounded to the step in which the feature is measured.",
        "中位数 [四分位数] 或 %，未加权；SMD 为标准化均数差。分位数按特征的测量步长取整。",
    ),
    "feature": ("Feature", "特征"),
    "with": ("Outcome", "发生结局"),
    "without": ("No outcome", "未发生结局"),
    "smd": ("SMD", "SMD"),
    "missing_with": ("Missing", "缺失"),
    "weighted": (
        "Only people who were tested can teach this model. Each stands for others like them who were not, by the "
        "inverse "
        "of the chance of being tested; all figures of performance are weighted so.",
        "仅接受过检查者可用于训练；每人按受检概率的倒数加权以代表未受检者。所有性能指标均已按此加权。",
    ),
    # features
    "features_note": (
        "In the order in which they move people's risks. A direction is declared where medicine knows it: all "
        "else equal, "
        "the risk then rises or falls with the feature. Trees and regressions are held to it; where a curve goes the "
        "other way all the same, because of an age that bends or a published score, it says so. A missing value is "
        "normal: it has its own place on "
        "every curve.",
        "按对风险的影响排序。医学上方向明确者声明其方向：其他条件相同时，风险随之升高或降低。树模型与回归均受此"
        "约束；若曲线因年龄的弯曲或已发表评分仍在某处方向相反，会予以标明。缺失值属正常情况，在每条曲线上都有单独的位置。",
    ),
    "unit": ("Unit", "单位"),
    "range": ("Accepted range", "可接受范围"),
    "median": ("Median", "中位数"),
    "direction": ("Direction", "方向"),
    "rises": ("rises", "升高"),
    "falls": ("falls", "降低"),
    "free": ("free", "不限"),
    "turned": ("curve goes against it", "曲线与之相反"),
    "spread": ("Spread", "离散度"),
    "missing_share": ("Missing", "缺失率"),
    "not_in_model": ("not used", "未采用"),
    # discrimination
    "roc": ("ROC curves", "ROC 曲线"),
    "roc_note": (
        "Cases have the outcome by the horizon, controls are all others, weighted for censoring.",
        "病例为在预测时间内发生结局者，其余为对照，按删失加权。",
    ),
    "sensitivity": ("Sensitivity", "灵敏度"),
    "false_positives": ("1 − specificity", "1 − 特异度"),
    "ranking": ("C-index side by side", "C 指数并列比较"),
    "ranking_note": (
        "The bar is the 95% interval of the model (bootstrap of people). Differences of 0.005 or less are not worth "
        "words.",
        "横线为模型的 95% 区间（按人自助抽样）。0.005 以内的差异没有意义。",
    ),
    "line_risk": ("This model", "本模型"),
    "line_refit": ("Refitted Cox", "重新拟合 Cox"),
    "line_published": ("Published score", "已发表评分"),
    "line_deep": ("Deep trees", "深层树"),
    "line_all": ("Treat everybody", "全部干预"),
    "deep_note": (
        "Deep trees are a reference for what readability costs; they are not served.",
        "深层树仅作为可读性代价的参照，不用于服务。",
    ),
    "oracle": ("Highest AUC that the records allow", "记录所能达到的最高 AUC"),
    "oracle_told": (
        "The people are simulated, so what the records could tell at most is known: AUC {oracle} (model {model} on the "
        "same {events} outcomes).",
        "由于人群为模拟，可知记录信息的上限：AUC {oracle}（本模型在相同 {events} 例结局上为 {model}）。",
    ),
    "oracle_absent": (
        "The people are simulated; how much their records could tell at most was not worked out here (`sanzao "
        "evaluate`).",
        "人群为模拟；此处未计算记录信息的上限（见 `sanzao evaluate`）。",
    ),
    # calibration
    "calibration": ("Observed against predicted risk", "观察风险与预测风险"),
    "calibration_note": (
        "Dots: tenths of predicted risk with 95% intervals, merged until eight outcomes lie in each. Blue line: smooth "
        "curve. Dashed: perfect. Grey: how many people have which risk (square-root scale).",
        "圆点：按预测风险十分位分组及 95% 区间，合并至每组至少 8 例结局。蓝线：平滑曲线。虚线：完美校准。灰色：各"
        "风险水平的人数（平方根刻度）。",
    ),
    "predicted_risk": ("Predicted risk", "预测风险"),
    "observed_risk": ("Observed risk", "观察风险"),
    "subgroups": ("Observed / expected by subgroup", "各亚组的观察/预期比"),
    "subgroups_note": (
        "Right is 1. Grey: fewer than {judged} outcomes, shown but not judged. Subgroups with fewer than eight "
        "are left "
        "out.",
        "理想值为 1。灰色：结局少于 {judged} 例，仅显示不作判断。少于 8 例的亚组不显示。",
    ),
    "interval": ("ratio (95% interval)", "比值（95% 区间）"),
    "ratio": ("ratio", "比值"),
    "everybody": ("Everybody", "全部人群"),
    # use
    "decision": ("Decision curve", "决策曲线"),
    "decision_note": (
        "Net benefit in true positives a person: whoever acts at a threshold of 5% accepts 19 false alarms for "
        "one case. "
        "The line at 0 is to treat nobody. Dotted: thresholds declared for this model.",
        "净获益以人均真阳性计：阈值为 5% 意味着为 1 例病例可接受 19 例误报。0 线为不干预任何人。点线：本模型声明"
        "的阈值。",
    ),
    "threshold": ("Risk from which one would act", "采取行动的风险阈值"),
    "net_benefit": ("Net benefit", "净获益"),
    "capacity": ("Screening at capacity", "容量受限的筛查"),
    "capacity_note": (
        "Highest risk first. Who comes is taken to be independent of the risk within the invited. Dashed: "
        "inviting by lot.",
        "按风险由高到低邀请；假定受邀者是否到检与风险无关。虚线：随机邀请。",
    ),
    "share_invited": ("Share invited", "受邀比例"),
    "events_found": ("Share of outcomes found", "发现的结局比例"),
    "come": ("{uptake} come", "{uptake} 到检"),
    "uptake": ("Uptake", "到检率"),
    "lowest_risk": ("Lowest risk invited", "受邀者最低风险"),
    "ppv": ("PPV", "阳性预测值"),
    "nns": ("Screened for one", "每发现 1 例需筛查"),
    "per_1000": ("Found per 1,000 invited", "每邀请 1,000 人发现"),
    "no_capacity": ("Too few outcomes to tell.", "结局过少，无法判断。"),
    # time
    "temporal": ("Trained on the past, judged on later people", "用早期数据训练、以后期人群评估"),
    "temporal_note": (
        "A model that was chosen and fitted on earlier index dates only predicts {n} later ones with {events} "
        "outcomes. "
        "Recalibration moves all risks (in the large) or also stretches them (slope and intercept); each half of the "
        "people is recalibrated by the other.",
        "仅用较早基线日选择并拟合的模型，预测 {n} 个较晚时点（{events} 例结局）。再校准可仅平移所有风险（总体），"
        "也可同时伸缩（斜率与截距）；每一半人群由另一半校准。",
    ),
    "temporal_none": (
        "There is no temporal validation: the source has no split in time, or a side of it has too few outcomes.",
        "未做时间验证：该数据源没有时间划分，或一侧结局过少。",
    ),
    "as_predicted": ("as predicted", "原始预测"),
    "in_the_large": ("in the large", "总体再校准后"),
    "in_both": ("slope and intercept", "重估斜率与截距后"),
    "temporal_calibration": ("Calibration on later people, as predicted", "后期人群上的校准（原始预测）"),
    "temporal_ratio": ("Observed / expected", "观察/预期比"),
    "temporal_slope": ("Slope", "斜率"),
    "step": ("Step", "步骤"),
    "detection": ("Found by screening, found by symptoms", "筛查发现与症状发现"),
    "detection_note": (
        "A model of screening can find what screening finds and miss what matters, so each is ranked without the "
        "other.",
        "筛查模型可能只擅长发现筛查能发现的病例，因此两类分别评估。",
    ),
    "detection_none": (
        "No screening programme finds this outcome in these records, or the model names none.",
        "这些记录中没有筛查项目可发现该结局，或模型未指定筛查项目。",
    ),
    "screening": ("screening", "筛查"),
    "symptoms": ("symptoms", "症状"),
    "found_by": ("Found by", "发现途径"),
    # drivers
    "swarm": ("Exact contributions to people's odds", "对个体优势的精确贡献"),
    "swarm_note": (
        "Each dot stands for about {each} of the cohort, at what the feature does to their odds against the average "
        "person; colour is the feature's value. Contributions are exact Shapley values read off the tables, counted "
        "feature by feature, so that nobody's row can be put together. The bar is their standard deviation (log odds), "
        "which orders the features everywhere in this report.",
        "每个点约代表队列的 {each}，位置为该特征相对平均人群对其优势的影响，颜色为特征取值。贡献为由表格直接读出"
        "的精确 Shapley 值，逐特征计数，无法拼出任何个人。条形为其标准差（对数优势），全文特征均按此排序。",
    ),
    "odds_against_average": ("Odds ratio against the average person", "相对平均人群的优势比"),
    "odds_ratio": ("odds ratio", "优势比"),
    "low_value": ("low value", "低值"),
    "high_value": ("high value", "高值"),
    "missing_value": ("not measured", "未测"),
    "shades": ("Shades of the feature's value", "特征取值的颜色"),
    "no_profile": (
        "This version was trained before training kept a profile of its cohort, so distributions and the spread of "
        "contributions are not shown. Train it again to have them.",
        "该版本训练时尚未保存队列概况，因此不显示分布与贡献离散度。重新训练即可获得。",
    ),
    # the whole model
    "model_told": (
        "Nothing is hidden: a person's log odds are {base} plus one number read off each curve and each map below, "
        "times {slope} ({intercept} added) by calibration. Curves are purified: what a map says of one feature alone "
        "stands in that feature's curve, and maps hold only what the pair adds.",
        "模型没有任何隐藏部分：个体的对数优势等于 {base} 加上下列每条曲线和每张图上读出的一个数，再经校准乘以 "
        "{slope}（加 {intercept}）。曲线已净化：配对图中仅与单一特征有关的部分并入该特征的曲线，图中只保留两者共"
        "同的附加作用。",
    ),
    "curves": ("Every curve", "全部曲线"),
    "curves_note": (
        "Odds ratio against the average of the cohort, logarithmic scale; frames end at one of a few fixed "
        "ratios, so look "
        "at the numbers. Thick: the model. Thin: the {folds} fits of the outer folds, each without a part of the "
        "people. "
        "They show how far the curve moves, not a confidence interval: they share most of their people, so "
        "chance alone "
        "would move it further. Grey: where the cohort is. Diamond: what a missing value does.",
        "纵轴为相对队列平均的优势比（对数刻度）；各图范围取若干固定比值之一，请看刻度。粗线：模型。细线：{folds} "
        "个外层折的拟合，每个都缺少一部分人群，显示曲线的变动程度而非置信区间：它们共享大部分人群，真实抽样变动更"
        "大。灰色：队列分布。菱形：缺失值的作用。",
    ),
    "curves_note_plain": (
        "Odds ratio against the average of the cohort, logarithmic scale. Diamond: what a missing value does. "
        "The fits of "
        "the outer folds were not kept with this version.",
        "纵轴为相对队列平均的优势比（对数刻度）。菱形：缺失值的作用。该版本未保存外层折的拟合。",
    ),
    "pairs": ("Every pair map", "全部配对图"),
    "pairs_note": (
        "What two features add together, beyond their curves, as an odds ratio. All maps share one scale of "
        "colours, which "
        "ends where all but the extreme cells do. The strip marked ? is a missing value.",
        "两特征在各自曲线之外共同附加的优势比。所有图使用同一色标，色标止于除极端格外的全部取值。标 ? 的条带为缺失值。",
    ),
    "no_pairs": (
        "The chosen model has no pair maps: it is a sum of curves, and no feature changes what another one does.",
        "所选模型没有配对图：它是若干曲线之和，任何特征都不改变其他特征的作用。",
    ),
    "no_curves": ("The model has no curves: everybody has the same risk.", "模型没有曲线：所有人的风险相同。"),
    "spread_told": ("spread {spread}", "离散度 {spread}"),
    "score_feature": ("published score (log risk)", "已发表评分（对数风险）"),
    # published
    "no_published": (
        "There is no published score for this outcome whose coefficients could be traced, so there is none to beat.",
        "没有系数可追溯的已发表评分可供比较。",
    ),
    "published_uncomputable": (
        "{title} cannot be computed from these records: no resident has all its inputs.",
        "这些记录无法计算 {title}：没有居民具备其全部输入。",
    ),
    "published_points": (
        "{title} gives points and no risk, so it can rank people and say nothing of how many.",
        "{title} 只给出分值而非风险，因此只能排序。",
    ),
    "published_told": (
        "{title} was derived in: {population}. It predicts {expected} on average where {observed} was observed. "
        "The median "
        "stands where it could not be computed.",
        "{title} 的推导人群：{population}。其平均预测 {expected}，实际观察 {observed}。无法计算者以中位数代替。",
    ),
    "measure": ("Measure", "指标"),
    "this_model": ("This model", "本模型"),
    "expected_mean": ("Mean predicted risk", "平均预测风险"),
    "observed_mean": ("Observed risk", "观察风险"),
    "source_of": ("Source", "出处"),
    # fairness
    "fairness": ("Ranking, calibration and invitation by subgroup", "各亚组的区分、校准与邀请"),
    "fairness_note": (
        "If the tenth at highest risk in the whole population were invited: what share of the subgroup that is, "
        "and what "
        "share of its outcomes is among them. A difference may be just where risks differ, and unjust where care does: "
        "an outcome that nobody diagnosed does not count here.",
        "若邀请全人群中风险最高的 10%：该亚组的受邀比例，及其结局中被覆盖的比例。风险不同导致的差异可能合理，医疗"
        "可及性不同导致的差异则不公平：未被诊断的结局不在此计。",
    ),
    "group": ("Subgroup", "亚组"),
    "invited": ("Invited", "受邀"),
    "found": ("Outcomes found", "覆盖结局"),
    "judged": ("judged", "作判断"),
    "n": ("Index dates", "时点数"),
    "worst": (
        "Furthest from right among those judged: {group}, {level} (observed / expected {ratio}).",
        "作判断的亚组中偏离最大者：{group}，{level}（观察/预期比 {ratio}）。",
    ),
    # limits
    "limit_synthetic": (
        "The people are simulated. Nothing here is evidence about real people; the report shows that the method "
        "works and "
        "what it would show of a city's own records.",
        "人群为模拟，任何内容都不是关于真实人群的证据；本报告仅说明方法可行，以及在真实数据上会呈现什么。",
    ),
    "limit_real": (
        "The people are real and were studied elsewhere and at another time. Risks of other people may differ in "
        "level even "
        "where ranking holds.",
        "人群真实，但来自其他地点和时期；用于其他人群时，即使排序成立，风险水平也可能不同。",
    ),
    "limit_one_source": (
        "Developed and validated inside one source. `sanzao evaluate --on SOURCE` judges the model on other people.",
        "在单一数据源内开发与验证。`sanzao evaluate --on SOURCE` 可在其他人群上评估。",
    ),
    "limit_missing": (
        "{count} of {total} features are missing for more than half of the index dates (most: {worst}, {share}). "
        "Missing "
        "values are scored as they are and not imputed: what they contribute is what people without that "
        "measurement had "
        "in common in these records, which may not hold elsewhere.",
        "{total} 个特征中有 {count} 个在半数以上时点缺失（最高：{worst}，{share}）。缺失值按原样计分而不插补，其"
        "贡献反映这些记录中未测者的共同特点，换到别处未必成立。",
    ),
    "limit_missing_none": (
        "No feature is missing for more than half of the index dates (most: {worst}, {share}). Missing values "
        "are scored as "
        "they are and not imputed.",
        "没有特征在半数以上时点缺失（最高：{worst}，{share}）。缺失值按原样计分而不插补。",
    ),
    "limit_temporal": (
        "On later people, observed / expected was {ratio} before recalibration. A model that is put to use must "
        "be watched "
        "(`sanzao drift`) and recalibrated.",
        "在后期人群上，再校准前的观察/预期比为 {ratio}。投入使用后须持续监测（`sanzao drift`）并再校准。",
    ),
    "limit_no_temporal": (
        "Whether it lasts was not tested: there is no temporal validation.",
        "未做时间验证，稳定性未知。",
    ),
    "limit_events": (
        "{events} outcomes are few for {features} features; intervals are wide and subgroups mostly not judged.",
        "{features} 个特征仅有 {events} 例结局；区间较宽，亚组大多不作判断。",
    ),
    "limit_detection": (
        "The outcome is a recorded diagnosis. Who sees a doctor more often is diagnosed more often, and a model "
        "learns that "
        "too; frequency of care is among the features where the source has it.",
        "结局为有记录的诊断。就诊多者更易被诊断，模型也会学到这一点；数据源有就医频率时已纳入特征。",
    ),
    "limit_selected": (
        "Only those tested can teach it. Weighting makes up for what the records know of why people come, and "
        "for nothing "
        "else.",
        "仅受检者可用于训练。加权只能校正记录中已知的受检原因。",
    ),
    "limit_association": (
        "Curves are associations. That a curve falls does not say that lowering the feature lowers the risk.",
        "曲线反映关联。曲线下降并不说明改变该特征就能降低风险。",
    ),
    # provenance
    "prov_model": ("Model, version", "模型与版本"),
    "prov_data": ("Data fingerprint", "数据指纹"),
    "prov_result": ("Result fingerprint", "结果指纹"),
    "prov_code": ("Code revision", "代码版本"),
    "prov_chosen": ("Chosen among", "候选模型与选择"),
    "prov_folds": ("Chosen in the outer folds", "外层各折所选"),
    "prov_source": ("Source", "数据源"),
    "prov_licence": ("Licence of the data", "数据许可"),
    "prov_disclosure": ("Disclosure control", "披露控制"),
    "prov_disclosure_told": (
        "Counts of 1 to {suppress} are not shown, others rounded to {round}; curves and distributions are read "
        "at fixed "
        "places with at least eight people beyond their ends. The page asks nothing of any other host and runs "
        "no script.",
        "1–{suppress} 的计数不显示，其余取整到 {round}；曲线与分布在固定位置读取，两端之外至少有 8 人。页面不请求"
        "任何其他主机，也不运行脚本。",
    ),
    "inner_c_index": ("{name}: C-index {value} in the inner loop", "{name}：内层 C 指数 {value}"),
    # TRIPOD+AI
    "tripod_note": (
        "Items of TRIPOD+AI (Collins GS, Moons KGM, Dhiman P, et al. BMJ 2024;385:e078378) in our own short "
        "words, and where "
        "this report answers them. {yes} answered, {partly} in part, {no} not.",
        "TRIPOD+AI（Collins GS, Moons KGM, Dhiman P 等，BMJ 2024;385:e078378）各条目以我们自己的简短措辞列出，并"
        "指明在本报告何处回答。已回答 {yes} 项，部分回答 {partly} 项，未回答 {no} 项。",
    ),
    "item": ("Item", "条目"),
    "asks": ("Asks for", "要求"),
    "answer": ("Answer", "回答"),
    "status_yes": ("answered", "已回答"),
    "status_partly": ("in part", "部分"),
    "status_no": ("not answered", "未回答"),
}

CANDIDATES: dict[str, Words] = {
    "published": ("published score, recalibrated", "已发表评分（再校准）"),
    "cox": ("refitted Cox regression", "重新拟合的 Cox 回归"),
    "stumps": ("boosted trees of depth 1", "深度 1 的提升树"),
    "pairs": ("boosted trees of depth 2", "深度 2 的提升树"),
    "cox+stumps": ("depth 1 from the regression's risk", "以回归为起点的深度 1 提升树"),
    "cox+pairs": ("depth 2 from the regression's risk", "以回归为起点的深度 2 提升树"),
    "blend": ("blend: mean of all candidates", "混合：全部候选的平均"),
}

SUBGROUPS: dict[str, Words] = {
    "sex": ("Sex", "性别"),
    "men": ("men", "男"),
    "women": ("women", "女"),
    "age": ("Age", "年龄"),
    "under 40": ("under 40", "40 岁以下"),
    "80 and over": ("80 and over", "80 岁及以上"),
    "schooling": ("Schooling", "受教育程度"),
    "primary or less": ("primary or less", "小学及以下"),
    "middle school": ("middle school", "初中"),
    "high school": ("high school", "高中"),
    "university": ("university", "大学"),
    "education": ("Education level", "教育水平"),
    "1 (lowest)": ("1 (lowest)", "1（最低）"),
    "4 (highest)": ("4 (highest)", "4（最高）"),
    "insurance": ("Health insurance", "医保"),
    "none": ("none", "无"),
    "resident": ("resident", "城乡居民"),
    "employee": ("employee", "城镇职工"),
    "hukou": ("Registration", "户籍"),
    "local": ("local", "本地"),
    "another county": ("another county", "外县"),
    "another province": ("another province", "外省"),
    "township income": ("Township income", "乡镇收入"),
    "poorer": ("poorer third", "较低三分之一"),
    "middle": ("middle third", "中间三分之一"),
    "richer": ("richer third", "较高三分之一"),
}

STEPS: dict[str, Words] = {
    "index dates": ("Index dates", "全部基线时点"),
    "horizon within the records": ("Horizon within the records", "预测时间在记录期内"),
    "free of nothing in particular": ("No condition excluded", "无疾病排除条件"),
    "men": ("Men", "男性"),
    "women": ("Women", "女性"),
    "followed up": ("Followed up", "有随访"),
    "tested within the horizon": ("Tested within the horizon", "预测时间内接受检查"),
}

UNITS: dict[str, Words] = {
    "1": ("", ""),
    "mm[Hg]": ("mmHg", "mmHg"),
    "kg/m2": ("kg/m²", "kg/m²"),
    "a": ("years", "岁"),
    "d": ("days", "天"),
    "/d": ("a day", "每天"),
    "/min": ("a minute", "次/分"),
    "umol/L": ("µmol/L", "µmol/L"),
    "ug/m3": ("µg/m³", "µg/m³"),
    "ug/L": ("µg/L", "µg/L"),
    "CNY": ("CNY", "元"),
}


def say(key: str, **values: object) -> Words:
    """Return a message filled in; a value may be a pair of its own."""
    english, chinese = WORDS[key]
    return (
        english.format(**{name: _part(value, 0) for name, value in values.items()}),
        chinese.format(**{name: _part(value, 1) for name, value in values.items()}),
    )


def _part(value: object, place: int) -> object:
    return value[place] if isinstance(value, tuple) else value


def feature_words(name: str) -> Words:
    """Return what a column is called; columns of published scores and unknown ones included.

    >>> feature_words("systolic_bp"), feature_words("unheard_of")
    (('systolic blood pressure', '收缩压'), ('unheard of', 'unheard of'))
    """
    if name.startswith("score:"):
        return WORDS["score_feature"]
    feature = all_features().get(name)
    return (feature.label, feature.label_zh) if feature else (name.replace("_", " "),) * 2


def unit_words(name: str) -> Words:
    """Return the unit of a column as people write it; nothing where it has none.

    >>> unit_words("systolic_bp_slope"), unit_words("female")
    (('mmHg a year', 'mmHg/年'), ('', ''))
    """
    feature = all_features().get(name)
    if feature is None:
        return "", ""
    if feature.unit.endswith("/a"):  # slopes are per year
        english, chinese = UNITS.get(feature.unit[:-2], (feature.unit[:-2],) * 2)
        return f"{english} a year", f"{chinese}/年"
    return UNITS.get(feature.unit, (feature.unit,) * 2)


def group_words(name: str) -> Words:
    """Return what a subgroup or one of its levels is called; bands of age speak for themselves."""
    return SUBGROUPS.get(name, (name.replace("-", "–"),) * 2)


def candidate_words(name: str) -> Words:
    """Return what a candidate is called."""
    return CANDIDATES.get(name, (name, name))


def outcome_words(outcome: str) -> Words:
    """Return what an outcome is called."""
    if outcome == "death":
        return "death", "死亡"
    return feature_words(outcome)


def step_words(step: str) -> Words:
    """Return a step of the study flow, as `training.cohort` names it, for people.

    >>> step_words("free of stroke"), step_words("aged 20 to 100")
    (('Free of stroke', '无脑卒中'), ('Aged 20 to 100', '20–100 岁'))
    """
    if step in STEPS:
        return STEPS[step]
    if found := re.fullmatch(r"aged (\S+) to (\S+)", step):
        return f"Aged {found[1]} to {found[2]}", f"{found[1]}–{found[2]} 岁"
    if step.startswith("free of "):
        names = [feature_words(name) for name in step.removeprefix("free of ").split(" and ")]
        return "Free of " + " and ".join(name[0] for name in names), "无" + "和".join(name[1] for name in names)
    return step.capitalize(), step
