import type { Messages } from "@/page";

export const messages: Messages = {
  en: {
    title: "Sign in",
    username: "User name",
    password: "Password",
    signIn: "Sign in",
    demo: "Demo log-ins",
    demoWhy: "The data are open to everybody, so anyone on this machine may look in as:",
  },
  zh: {
    title: "登录",
    username: "用户名",
    password: "密码",
    signIn: "登录",
    demo: "演示账号",
    demoWhy: "数据对所有人公开，本机用户可以下列身份登录：",
  },
};
