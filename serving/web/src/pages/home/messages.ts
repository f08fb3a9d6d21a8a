import type { Messages } from "@/page";

export const messages: Messages = {
  en: {
    title: "Start",
    nothing: "There is no page for your role yet: it works by the API and the command line.",
  },
  zh: { title: "首页", nothing: "您的角色暂无页面，请使用接口或命令行。" },
};
