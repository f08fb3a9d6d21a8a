/** The charts of an area's profile, as ECharts options made of plain answers. */
import type { Option } from "@/components/charts";
import { look } from "@/components/look";

export interface Bar {
  label: string;
  value: number | null;
  low: number | null;
  high: number | null;
  /** The city's figure, where it is not 1 by definition. */
  city: number | null;
}
export interface Point {
  name: string;
  weight: number;
  ratio: number;
  code: string;
}
export type Curve = { [key: string]: number | null }[];
type Write = (value: number | null) => string;

/** Draw a horizontal bar from the low to the high limit of each row. */
function whisker(colour: string) {
  return (_: unknown, api: { value: (place: number) => unknown; coord: (at: number[]) => number[] }) => {
    const row = Number(api.value(0));
    const [from, y] = api.coord([Number(api.value(1)), row]) as [number, number];
    const [to] = api.coord([Number(api.value(2)), row]) as [number, number];
    return {
      type: "line" as const,
      shape: { x1: from, y1: y, x2: to, y2: y },
      style: { stroke: colour, lineWidth: 2 },
    };
  };
}

/** Return a forest plot: a row a disease, with its interval, against one or against the city's own figure. */
export function forest(
  bars: Bar[],
  ratio: boolean,
  write: Write,
  names: { here: string; city: string },
): Option {
  const { base, axis, accent, quiet, ink } = look();
  const shown = bars.filter((bar) => bar.value !== null);
  const rows = shown.map((bar) => bar.label);
  // A log axis has no zero; limits of zero end at its left side.
  const logarithmic = !ratio && shown.every((bar) => (bar.low ?? 0) > 0);
  const floor = ratio ? 0.1 : Number.NEGATIVE_INFINITY;
  const limits = shown.map((bar, row) => [
    row,
    Math.max(bar.low ?? bar.value ?? 0, floor),
    bar.high ?? bar.value,
  ]);
  const most = Math.max(...limits.map((one) => Number(one[2])));
  return {
    ...base,
    grid: { left: 4, right: 20, top: 8, bottom: 4, containLabel: true },
    legend: { show: false },
    tooltip: {
      ...base.tooltip,
      trigger: "axis",
      axisPointer: { type: "none" },
      formatter: (at: unknown) => {
        const first = (Array.isArray(at) ? at[0] : at) as { dataIndex: number };
        const bar = shown[first.dataIndex];
        if (!bar) return "";
        const city = bar.city === null ? "" : `\n${names.city} ${write(bar.city)}`;
        return `${bar.label}\n${names.here} ${write(bar.value)} (${write(bar.low)} – ${write(bar.high)})${city}`;
      },
    },
    xAxis: ratio
      ? {
          ...axis,
          type: "log",
          logBase: 2,
          min: 0.25,
          max: Math.min(8, Math.max(4, 2 ** Math.ceil(Math.log2(most)))),
        }
      : {
          ...axis,
          type: logarithmic ? "log" : "value",
          axisLabel: { color: quiet, formatter: (value: number) => write(value) },
        },
    yAxis: {
      ...axis,
      type: "category",
      data: rows,
      inverse: true,
      axisLabel: { color: ink, interval: 0, width: 128, overflow: "truncate" },
    },
    series: [
      {
        type: "custom",
        clip: true,
        renderItem: whisker(accent) as never,
        data: limits as number[][],
        encode: { x: [1, 2], y: 0 },
        silent: true,
      },
      {
        type: "scatter",
        symbolSize: 9,
        itemStyle: { color: accent },
        data: shown.map((bar, row) => [Math.max(bar.value ?? 0, floor), row]),
        ...(ratio
          ? {
              markLine: {
                silent: true,
                symbol: "none",
                label: { show: false },
                lineStyle: { color: quiet, type: "dashed" },
                data: [{ xAxis: 1 }],
              },
            }
          : {}),
      },
      {
        type: "scatter",
        symbol: "diamond",
        symbolSize: 10,
        silent: true,
        itemStyle: { color: "transparent", borderColor: ink, borderWidth: 1.5 },
        data: ratio ? [] : shown.flatMap((bar, row) => (bar.city === null ? [] : [[bar.city, row]])),
      },
    ],
  } as Option;
}

export interface Year {
  label: string;
  value: number | null;
  low: number | null;
  high: number | null;
  city: number | null;
}

/** Return a line over years with its interval, and what the city's rates would give. */
export function overYears(years: Year[], write: Write, names: { here: string; city: string }): Option {
  const { base, axis, accent, quiet } = look();
  const band = (key: "low" | "high"): (number | null)[] => years.map((year) => year[key]);
  const width = years.map((year) => (year.low === null || year.high === null ? null : year.high - year.low));
  return {
    ...base,
    legend: { ...base.legend, data: [names.here, names.city] },
    tooltip: {
      ...base.tooltip,
      trigger: "axis",
      formatter: (at: unknown) => {
        const year = years[(Array.isArray(at) ? at[0] : at).dataIndex as number];
        if (!year) return "";
        return `${year.label}\n${names.here} ${write(year.value)} (${write(year.low)} – ${write(year.high)})\n${names.city} ${write(year.city)}`;
      },
    },
    xAxis: { ...axis, type: "category", data: years.map((year) => year.label), boundaryGap: true },
    yAxis: { ...axis, type: "value", min: 0 },
    series: [
      {
        type: "line",
        stack: "band",
        symbol: "none",
        lineStyle: { opacity: 0 },
        data: band("low"),
        silent: true,
      },
      {
        type: "line",
        stack: "band",
        symbol: "none",
        lineStyle: { opacity: 0 },
        areaStyle: { color: accent, opacity: 0.16 },
        data: width,
        silent: true,
      },
      {
        type: "line",
        name: names.here,
        symbolSize: 7,
        itemStyle: { color: accent },
        lineStyle: { width: 2.2 },
        data: years.map((year) => year.value),
      },
      {
        type: "line",
        name: names.city,
        symbol: "none",
        itemStyle: { color: quiet },
        lineStyle: { type: "dashed", width: 1.6 },
        data: years.map((year) => year.city),
      },
    ],
  } as Option;
}

/** Return a funnel plot: the ratio of each area against how much is known of it, with the limits of chance. */
export function funnel(
  points: Point[],
  curve: Curve,
  chosen: string,
  names: { near: string; far: string; others: string; weight: string; ratio: string },
): Option {
  const { base, axis, accent, quiet, ink, high } = look();
  const line = (key: string, name: string, type: "solid" | "dashed") => ({
    type: "line" as const,
    name,
    symbol: "none",
    silent: true,
    itemStyle: { color: quiet },
    lineStyle: { width: 1.3, type, color: quiet },
    data: curve.map((at) => [at.weight ?? null, at[key] ?? null]),
  });
  const own = points.filter((point) => point.code === chosen);
  const data = (some: Point[]) =>
    some.map((point) => ({ name: point.name, value: [point.weight, point.ratio], code: point.code }));
  const most = Math.min(5, Math.ceil(Math.max(2, ...points.map((point) => point.ratio)) * 2.1) / 2);
  return {
    ...base,
    grid: { left: 8, right: 24, top: 34, bottom: 26, containLabel: true },
    legend: { ...base.legend, data: [names.near, names.far, names.others] },
    tooltip: {
      ...base.tooltip,
      formatter: (at: unknown) => {
        const point = at as { name: string; value: number[] };
        return `${point.name}\n${names.ratio} ${point.value[1]?.toFixed(2)}`;
      },
    },
    xAxis: {
      ...axis,
      type: "log",
      name: names.weight,
      nameLocation: "middle",
      nameGap: 24,
      min: Math.min(...curve.map((at) => at.weight ?? 1)),
      max: Math.max(...curve.map((at) => at.weight ?? 1)),
      axisLabel: { color: quiet, formatter: (value: number) => String(Number(value.toPrecision(2))) },
    },
    yAxis: { ...axis, type: "value", min: 0, max: most },
    series: [
      line("near_low", names.near, "solid"),
      line("near_high", names.near, "solid"),
      line("far_low", names.far, "dashed"),
      line("far_high", names.far, "dashed"),
      {
        type: "scatter",
        name: names.others,
        symbolSize: 8,
        itemStyle: { color: accent, opacity: 0.55 },
        data: data(points.filter((point) => point.code !== chosen)),
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: false },
          lineStyle: { color: ink, width: 0.8 },
          data: [{ yAxis: 1 }],
        },
      },
      {
        type: "scatter",
        symbol: "diamond",
        symbolSize: 17,
        itemStyle: { color: high, borderColor: ink, borderWidth: 1.5 },
        data: data(own),
        z: 5,
        label: { show: true, position: "top", formatter: "{b}", color: ink },
      },
    ],
  } as Option;
}
