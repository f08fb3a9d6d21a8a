import type { Messages } from "@/page";

export const messages: Messages = {
  en: {
    title: "Resident",
    heading: "Resident {number}",
    risks: "Risks",
    models: "Models that apply",
    none: "No model that serves applies to this resident.",
    others: "Not applicable ({count})",
    why: "Why",
    average: "Each bar moves the odds away from the average of the people the model was made on.",
    missingCount: "{count} not measured",
    history: "History",
    toLists: "To the lists",
    notNumber: "A resident is named by number; “{given}” is none.",
    model: "Model {name}, version {version}",
  },
  zh: {
    title: "居民",
    heading: "居民 {number}",
    risks: "风险",
    models: "适用的模型",
    none: "目前没有适用于该居民的模型。",
    others: "不适用（{count}）",
    why: "原因",
    average: "每一条表示该因素使优势相对建模人群平均水平的变动。",
    missingCount: "{count} 项未测",
    history: "历史记录",
    toLists: "返回名单",
    notNumber: "请用编号指明居民，“{given}”不是编号。",
    model: "模型 {name}，版本 {version}",
  },
};
