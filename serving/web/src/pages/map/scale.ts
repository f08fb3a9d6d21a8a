/** Colours of a choropleth: classes of values, and a colour for each, safe for colour-blind eyes. */

export type Steps = "quantile" | "equal";

/** Class borders, ascending, and one colour more than there are borders. */
export interface Scale {
  borders: number[];
  colours: string[];
}

// Brewer CA, Harrower M. ColorBrewer 2.0 (colorbrewer2.org), marked there as colour-blind safe: YlGnBu of six and RdBu of
// seven classes, low first.
const SEQUENTIAL = ["#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494"];
const DIVERGING = ["#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"];
// Ratios in steps that are equal as factors: what is half as often and twice as often lies equally far from one.
const RATIO_BORDERS = [1 / 2, 1 / 1.5, 1 / 1.15, 1.15, 1.5, 2];
// Our choice: what differs by less is not painted as if it mattered, however many areas would share a colour.
const LEAST_BORDERS = [1.05, 1.15, 1.3];
// Richardson S, Thomson A, Best N, Elliott P. Interpreting posterior relative risk estimates in disease-mapping studies.
// Environmental Health Perspectives 2004;112:1016-1025: raised where the probability is above 0.8.
const CHANCE_BORDERS = [0.05, 0.2, 0.8, 0.95];
const CHANCE_COLOURS = ["#2166ac", "#92c5de", "#f7f7f7", "#f4a582", "#b2182b"];

export function chanceScale(): Scale {
  return { borders: CHANCE_BORDERS, colours: CHANCE_COLOURS };
}

/** Return classes on both sides of one, of equal factors or holding equally many areas on the wider side. */
export function ratioScale(values: number[], steps: Steps): Scale {
  const far = values
    .filter((one) => one > 0)
    .map((one) => Math.abs(Math.log(one)))
    .sort((a, b) => a - b);
  if (steps === "equal" || far.length < 7) return { borders: RATIO_BORDERS, colours: DIVERGING };
  const up = distinct(
    [2, 4, 6].map((part, place) =>
      Math.max(rounded(Math.exp(quantile(far, part / 7))), LEAST_BORDERS[place] as number),
    ),
  );
  const borders = [...up.map((one) => 1 / one).reverse(), ...up];
  const spare = (DIVERGING.length - 1 - borders.length) / 2;
  return { borders, colours: DIVERGING.slice(spare, DIVERGING.length - spare) };
}

/** Return classes from the lowest to the highest value, of equal steps or holding equally many areas. */
export function valueScale(values: number[], steps: Steps): Scale {
  const known = values.filter(Number.isFinite).sort((a, b) => a - b);
  const low = known[0];
  const high = known.at(-1);
  if (low === undefined || high === undefined || low === high)
    return { borders: [], colours: [SEQUENTIAL[2] as string] };
  const parts = [1, 2, 3, 4, 5].map((part) => part / 6);
  const borders = distinct(
    parts.map((part) => rounded(steps === "quantile" ? quantile(known, part) : low + part * (high - low))),
  ).filter((border) => border > low);
  if (!borders.length) return { borders, colours: [SEQUENTIAL[2] as string] };
  // Fewer classes still run from the lightest to the darkest colour.
  const place = (one: number): number => Math.round((one * (SEQUENTIAL.length - 1)) / borders.length);
  return { borders, colours: [...borders, 0].map((_, one) => SEQUENTIAL[place(one)] as string) };
}

/** Return what each class holds, in words; `all` where there is only one. */
export function classLabels(scale: Scale, write: (value: number) => string, all: string): string[] {
  return scale.colours.map((_, place) => {
    const from = scale.borders[place - 1];
    const to = scale.borders[place];
    if (from === undefined) return to === undefined ? all : `< ${write(to)}`;
    return to === undefined ? `≥ ${write(from)}` : `${write(from)} – ${write(to)}`;
  });
}

/** Return which class a value falls into. */
export function classOf(scale: Scale, value: number): number {
  return scale.borders.filter((border) => value >= border).length;
}

/** Return whether a colour is so dark that only light lines show on it. */
export function isDark(colour: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128; // weights of ITU-R BT.709
}

function quantile(sorted: number[], part: number): number {
  const at = part * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** Return a number of two or, from 100 on, as many figures as people read in a legend. */
function rounded(value: number): number {
  return Number(value.toPrecision(value >= 1 && value < 10 ? 3 : 2));
}

function distinct(ascending: number[]): number[] {
  return ascending.filter((one, place) => place === 0 || one > (ascending[place - 1] as number));
}
