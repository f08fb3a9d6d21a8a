/** Areas as SVG paths: longitude and latitude on a plane, north up, in the box of a picture. */

type Ring = number[][];
export interface Shape {
  code: string;
  path: string;
}
export interface Drawing {
  width: number;
  height: number;
  shapes: Shape[];
}
interface Feature {
  id: string;
  geometry?: { [key: string]: unknown } | null;
}

function ringsOf(geometry: Feature["geometry"]): Ring[] {
  if (geometry?.type === "Polygon") return geometry.coordinates as Ring[];
  if (geometry?.type === "MultiPolygon") return (geometry.coordinates as Ring[][]).flat();
  return [];
}

/** Draw areas `width` wide. A degree of longitude is shortened by the cosine of the middle latitude. */
export function draw(features: Feature[], width = 800): Drawing {
  const rings = features.map((one) => ringsOf(one.geometry));
  const points = rings.flat(2) as [number, number][];
  if (!points.length) return { width, height: 0, shapes: [] };
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = width / ((east - west) * narrow || 1);
  const place = ([x, y]: number[]): string =>
    `${(((x ?? 0) - west) * narrow * scale).toFixed(1)} ${((north - (y ?? 0)) * scale).toFixed(1)}`;
  return {
    width,
    height: Math.ceil((north - south) * scale),
    shapes: features.map((one, at) => ({
      code: one.id,
      path: (rings[at] ?? []).map((ring) => `M${ring.map(place).join("L")}Z`).join(""),
    })),
  };
}
