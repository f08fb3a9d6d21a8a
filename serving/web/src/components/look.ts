/** How every chart looks, in the colours of the theme. */
import { token } from "@/theme/theme";

/** Return text style, grid, tooltip and axes in the theme's colours. A tooltip is drawn, not HTML: the content policy allows no style in it. */
export function look() {
  const quiet = token("quiet");
  const line = token("line");
  const axis = {
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    axisLabel: { color: quiet },
    nameTextStyle: { color: quiet },
    splitLine: { lineStyle: { color: line } },
  };
  return {
    base: {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: token("ink") },
      grid: { left: 8, right: 16, top: 30, bottom: 8, containLabel: true },
      tooltip: {
        renderMode: "richText" as const,
        confine: true,
        backgroundColor: token("paper"),
        borderColor: line,
        textStyle: { color: token("ink"), fontSize: 12 },
      },
      legend: { textStyle: { color: quiet }, top: 0, icon: "roundRect", itemWidth: 14, itemHeight: 4 },
    },
    axis,
    ink: token("ink"),
    quiet,
    line,
    accent: token("accent"),
    accentSoft: token("accent-soft"),
    raises: token("raises"),
    lowers: token("lowers"),
    high: token("high"),
  };
}
