/** How the map is drawn: its layers, the patterns for unsure and suppressed areas, and what each area's colour is. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { StyleSpecification } from "maplibre-gl";

import { token } from "@/theme/theme";

import { middle } from "./outline";
import { classOf, isDark, type Scale } from "./scale";
import { told, unsure, type Row, type Shown } from "./values";

export interface Painted {
  code: string;
  colour: string;
  /** Name of a pattern, "" for none. */
  pattern: string;
  /** Whether the area is outside of what is looked at, and only there to show where one is. */
  faint: boolean;
}

export const UNKNOWN = "#9aa5a8";

export function painted(row: Row, shown: Shown, scale: Scale, within: string): Painted {
  const figure = told(row, shown);
  const faint = within !== "" && !row.code.startsWith(within);
  if (figure.value === null) return { code: row.code, colour: UNKNOWN, pattern: "dots", faint };
  const colour = scale.colours[classOf(scale, figure.value)] ?? UNKNOWN;
  const pattern = unsure(figure) ? (isDark(colour) ? "lines-light" : "lines-dark") : "";
  return { code: row.code, colour, pattern, faint };
}

export function features(
  shapes: { id: string; geometry: Geometry | null }[],
  paint: Map<string, Painted>,
): FeatureCollection {
  const drawn = shapes.flatMap(({ id, geometry }): Feature[] => {
    const own = paint.get(id);
    return own && geometry ? [{ type: "Feature", geometry, properties: { ...own } }] : [];
  });
  return { type: "FeatureCollection", features: drawn };
}

export function labels(
  shapes: { id: string; geometry: Geometry | null }[],
  names: Map<string, string>,
): FeatureCollection {
  const placed = shapes.flatMap(({ id, geometry }): Feature[] => {
    const at = middle(geometry);
    const name = names.get(id);
    return at && name
      ? [{ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: { code: id, name } }]
      : [];
  });
  return { type: "FeatureCollection", features: placed };
}

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

/** Return the style: areas, patterns, borders, clusters, what is pointed at or chosen, names. No base map, no glyphs. */
export function styleOf(): StyleSpecification {
  const source = { type: "geojson" as const, data: NOTHING };
  const [ink, paper, accent] = [token("ink"), token("paper"), token("accent")];
  const opacity = (clear: number, faint: number): ["case", ["get", string], number, number] => [
    "case",
    ["get", "faint"],
    faint,
    clear,
  ];
  return {
    version: 8,
    sources: {
      areas: { ...source, promoteId: "code" },
      borders: source,
      names: source,
      circles: source,
      alike: source,
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": token("sunken") } },
      {
        id: "fill",
        type: "fill",
        source: "areas",
        paint: { "fill-color": ["get", "colour"], "fill-opacity": opacity(1, 0.18), "fill-antialias": false },
      },
      {
        id: "pattern",
        type: "fill",
        source: "areas",
        filter: ["all", ["!=", ["get", "pattern"], ""], ["!", ["get", "faint"]]],
        paint: { "fill-pattern": ["get", "pattern"], "fill-antialias": false },
      },
      {
        id: "edges",
        type: "line",
        source: "areas",
        paint: { "line-color": paper, "line-width": 0.7, "line-opacity": opacity(0.9, 0.4) },
      },
      {
        id: "borders",
        type: "line",
        source: "borders",
        layout: { "line-join": "round" },
        paint: { "line-color": ink, "line-width": 1.4, "line-opacity": 0.75 },
      },
      {
        id: "alike",
        type: "line",
        source: "alike",
        layout: { "line-join": "round" },
        paint: { "line-color": ["get", "colour"], "line-width": 3, "line-dasharray": [1.2, 1] },
      },
      {
        id: "circles",
        type: "line",
        source: "circles",
        layout: { "line-join": "round", "line-cap": "round" },
        paint: { "line-color": "#b2187a", "line-width": 3.4 },
      },
      {
        id: "pointed",
        type: "line",
        source: "areas",
        layout: { "line-join": "round" },
        paint: {
          "line-color": ["case", ["boolean", ["feature-state", "chosen"], false], accent, ink],
          "line-width": [
            "case",
            ["boolean", ["feature-state", "pointed"], false],
            3,
            ["boolean", ["feature-state", "chosen"], false],
            3.6,
            0,
          ],
        },
      },
      {
        id: "names",
        type: "symbol",
        source: "names",
        layout: {
          "text-field": ["get", "name"],
          "text-font": ["Noto Sans SC Variable", "sans-serif"],
          "text-size": 13,
          "text-max-width": 7,
          "text-padding": 3,
        },
        paint: { "text-color": ink, "text-halo-color": paper, "text-halo-width": 1.6 },
      },
    ],
  };
}

const SIDE = 16; // pixels, two to a point of the screen

export interface Pattern {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Return the patterns: lines over a colour that is unsure, dots where a count is suppressed. */
export function patterns(): Record<string, Pattern> {
  // Lines that rise to the right, eight pixels apart; a pixel at a line's edge is half covered.
  const lines = (x: number, y: number): number => [0.5, 1, 0.5, 0, 0, 0, 0, 0][(x + y) % 8] as number;
  const dots = (x: number, y: number): number => {
    const [dx, dy] = [x % SIDE, y % SIDE].map(
      (at) => at - (x < SIDE / 2 ? SIDE / 4 : (3 * SIDE) / 4) + 0.5,
    ) as [number, number];
    return Math.min(1, Math.max(0, 2.6 - Math.hypot(dx, dy)));
  };
  return {
    "lines-dark": pattern([16, 38, 43, 190], lines),
    "lines-light": pattern([255, 255, 255, 215], lines),
    dots: pattern([255, 255, 255, 215], dots),
  };
}

/** Return a square tile: a colour where `cover` says, computed here because reading a canvas back stops the machine. */
function pattern(colour: [number, number, number, number], cover: (x: number, y: number) => number): Pattern {
  const [red, green, blue, alpha] = colour;
  const data = new Uint8Array(4 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y += 1)
    for (let x = 0; x < SIDE; x += 1)
      data.set([red, green, blue, Math.round(alpha * cover(x, y))], 4 * (y * SIDE + x));
  return { width: SIDE, height: SIDE, data };
}
