/** Charts of how good a model is, as ECharts options. */
import type { Schemas } from "@/api/client";
import type { Option } from "@/components/charts";
import { look } from "@/components/look";
import { number, percent } from "@/composables/format";

type Calibration = Schemas["CalibrationOut"];
type Points = [number, number | null][];

const whole = (value: unknown): string => percent(Number(value), 1);
const plain = (value: unknown): string =>
  percent(Number(value), Number(value) < 0.02 ? 1 : 0).replace(/[.,]0(?= %)/, "");

/** Who is what in a chart: this model stands out, others are told apart by dash as well as colour. */
export function lineStyles() {
  const { accent, raises, lowers, quiet, high } = look();
  return {
    risk: { color: accent, width: 2.6, type: "solid" },
    refit: { color: lowers, width: 1.6, type: "dashed" },
    published: { color: raises, width: 1.8, type: [7, 3] },
    deep: { color: high, width: 1.4, type: "dotted" },
    all: { color: quiet, width: 1.4, type: "dashed" },
  } as const;
}
type Who = keyof ReturnType<typeof lineStyles>;
const known = (name: string): name is Who => ["risk", "refit", "published", "deep", "all"].includes(name);

export interface CalibrationWords {
  predicted: string;
  observed: string;
  people: string;
  perfect: string;
  smooth: string;
  tenths: string;
}

/** Observed against predicted risk: tenths with intervals, a smooth curve, the perfect line, and who has which risk. */
export function calibrationOption(found: Calibration, words: CalibrationWords): Option {
  const { base, axis, accent, quiet, line, ink } = look();
  const groups = found.groups.filter((group) => group.expected !== null && group.observed !== null);
  // As far as the tenths reach; beyond them the smooth curve rests on few people.
  const far = Math.max(...groups.map((group) => Math.max(group.expected ?? 0, group.high ?? 0)), 1e-3);
  const end = Math.min(1, far * 1.08);
  const most = Math.max(...found.counts, 1);
  return {
    ...base,
    grid: { left: 12, right: 16, top: 54, bottom: 24, containLabel: true },
    tooltip: {
      ...base.tooltip,
      trigger: "item",
      formatter: (of) => {
        const data = (Array.isArray(of) ? of[0]?.data : of.data) as (number | null)[];
        const range = data.length > 3 ? ` (${whole(data[2])}–${whole(data[3])})` : "";
        return `${words.predicted} ${whole(data[0])}\n${words.observed} ${whole(data[1])}${range}`;
      },
    },
    xAxis: {
      ...axis,
      type: "value",
      min: 0,
      max: end,
      name: words.predicted,
      nameLocation: "middle",
      nameGap: 26,
      axisLabel: { ...axis.axisLabel, formatter: plain, showMaxLabel: false },
    },
    yAxis: [
      {
        ...axis,
        type: "value",
        min: 0,
        max: end,
        name: words.observed,
        axisLabel: { ...axis.axisLabel, formatter: plain, showMaxLabel: false },
      },
      { type: "value", min: 0, max: 5 * Math.sqrt(most), show: false },
    ],
    series: [
      {
        type: "custom",
        name: words.people,
        yAxisIndex: 1,
        silent: true,
        itemStyle: { color: line },
        data: found.counts.map((count, i) => [
          found.edges[i] ?? 0,
          found.edges[i + 1] ?? 0,
          Math.sqrt(count),
        ]),
        encode: { x: [0, 1], y: 2 },
        clip: true,
        renderItem: (_, api) => {
          const [left, top] = api.coord([api.value(0), api.value(2)]) as [number, number];
          const [right, bottom] = api.coord([api.value(1), 0]) as [number, number];
          return {
            type: "rect",
            shape: { x: left, y: top, width: Math.max(1, right - left - 1), height: bottom - top },
            style: { fill: line },
          };
        },
      },
      {
        type: "line",
        name: words.perfect,
        data: [
          [0, 0],
          [end, end],
        ],
        symbol: "none",
        silent: true,
        lineStyle: { color: quiet, type: "dashed", width: 1.2 },
        itemStyle: { color: quiet },
      },
      {
        type: "line",
        name: words.smooth,
        data: (found.smooth as Points).filter(([, y]) => y !== null),
        symbol: "none",
        silent: true,
        lineStyle: { color: accent, width: 2 },
        itemStyle: { color: accent },
      },
      {
        type: "custom",
        name: words.tenths,
        silent: true,
        itemStyle: { color: ink },
        data: groups.map((group) => [group.expected, group.low, group.high]),
        encode: { x: 0, y: [1, 2] },
        clip: true,
        renderItem: (_, api) => {
          const [x, y1] = api.coord([api.value(0), api.value(1)]) as [number, number];
          const [, y2] = api.coord([api.value(0), api.value(2)]) as [number, number];
          return { type: "line", shape: { x1: x, x2: x, y1, y2 }, style: { stroke: ink, lineWidth: 1.4 } };
        },
      },
      {
        type: "scatter",
        name: words.tenths,
        data: groups.map((group) => [group.expected, group.observed, group.low, group.high]),
        symbolSize: 8,
        itemStyle: { color: ink },
      },
    ],
    legend: { ...base.legend, type: "scroll", data: [words.perfect, words.smooth, words.tenths] },
  } as Option;
}

/** Net benefit by the risk from which one would act. */
export function decisionOption(
  found: Schemas["DecisionCurve"],
  name: (line: string) => string,
  words: { threshold: string; benefit: string; none: string },
): Option {
  const { base, axis, quiet } = look();
  const styles = lineStyles();
  const model = found.lines.risk ?? [];
  const most = Math.max(...model.map((value) => value ?? 0), 1e-4);
  const at = (values: (number | null)[]): [number, number | null][] =>
    found.thresholds.map((one, i) => [one, values[i] ?? null]);
  return {
    ...base,
    legend: { ...base.legend, type: "scroll" },
    grid: { left: 12, right: 16, top: 54, bottom: 24, containLabel: true },
    tooltip: { ...base.tooltip, trigger: "axis", valueFormatter: (value) => number(value as number, 4) },
    xAxis: {
      ...axis,
      type: "log",
      min: found.thresholds[0],
      max: found.thresholds.at(-1),
      name: words.threshold,
      nameLocation: "middle",
      nameGap: 26,
      axisLabel: { ...axis.axisLabel, formatter: plain },
    },
    yAxis: {
      ...axis,
      type: "value",
      min: -most * 0.25,
      max: most * 1.1,
      name: words.benefit,
      axisLabel: { ...axis.axisLabel, formatter: (value: number) => number(value, most < 0.02 ? 3 : 2) },
    },
    series: [
      ...Object.entries(found.lines).map(([line, values]) => ({
        type: "line",
        name: name(line),
        data: at(values),
        symbol: "none",
        clip: true,
        lineStyle: known(line) ? styles[line] : {},
        itemStyle: { color: known(line) ? styles[line].color : quiet },
        ...(line === "risk"
          ? {
              z: 5,
              markLine: {
                silent: true,
                symbol: "none",
                label: { show: false },
                lineStyle: { color: quiet, type: [2, 3], width: 1.4 },
                data: found.decided.map((one) => ({ xAxis: one })),
              },
            }
          : {}),
      })),
      {
        type: "line",
        name: words.none,
        data: found.thresholds.map((one) => [one, 0]),
        symbol: "none",
        lineStyle: { color: quiet, width: 1 },
        itemStyle: { color: quiet },
      },
    ],
  } as Option;
}

/** Share of events found against share of others called in vain. */
export function rocOption(
  curves: Schemas["RocCurve"][],
  name: (line: string) => string,
  words: { found: string; vain: string },
): Option {
  const { base, axis, quiet, line } = look();
  const styles = lineStyles();
  return {
    ...base,
    legend: { ...base.legend, type: "scroll" },
    grid: { left: 12, right: 16, top: 54, bottom: 24, containLabel: true },
    tooltip: { ...base.tooltip, trigger: "axis", valueFormatter: whole },
    xAxis: {
      ...axis,
      type: "value",
      min: 0,
      max: 1,
      name: words.vain,
      nameLocation: "middle",
      nameGap: 26,
      axisLabel: { ...axis.axisLabel, formatter: plain },
    },
    yAxis: {
      ...axis,
      type: "value",
      min: 0,
      max: 1,
      name: words.found,
      axisLabel: { ...axis.axisLabel, formatter: plain },
    },
    series: [
      ...curves.map((curve) => ({
        type: "line",
        name: `${name(curve.name)} ${number(curve.auc, 3)}`,
        data: curve.points,
        symbol: "none",
        z: curve.name === "risk" ? 5 : 2,
        lineStyle: known(curve.name) ? styles[curve.name] : {},
        itemStyle: { color: known(curve.name) ? styles[curve.name].color : quiet },
      })),
      {
        type: "line",
        data: [
          [0, 0],
          [1, 1],
        ],
        symbol: "none",
        silent: true,
        lineStyle: { color: line, width: 1 },
      },
    ],
  } as Option;
}
