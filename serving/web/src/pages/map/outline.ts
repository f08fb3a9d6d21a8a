/** The border around areas that lie together: the edges that only one of them has. */
import type { Geometry, MultiLineString, Position } from "geojson";

function rings(geometry: Geometry | null): Position[][] {
  if (geometry?.type === "Polygon") return geometry.coordinates;
  if (geometry?.type === "MultiPolygon") return geometry.coordinates.flat();
  return [];
}

export function outline(geometries: (Geometry | null)[]): MultiLineString {
  const edges = new Map<string, { line: [Position, Position]; times: number }>();
  for (const ring of geometries.flatMap(rings)) {
    for (let place = 1; place < ring.length; place += 1) {
      const line = [ring[place - 1], ring[place]] as [Position, Position];
      const key = line
        .map((point) => point.map((one) => one.toFixed(4)).join(" "))
        .sort()
        .join("|");
      const known = edges.get(key);
      if (known) known.times += 1;
      else edges.set(key, { line, times: 1 });
    }
  }
  const outer = [...edges.values()].filter((edge) => edge.times === 1).map((edge) => edge.line);
  return { type: "MultiLineString", coordinates: outer };
}

/** Return west, south, east and north of shapes. */
export function extent(geometries: (Geometry | null)[]): [number, number, number, number] | null {
  const points = geometries.flatMap(rings).flat();
  if (!points.length) return null;
  const x = points.map((point) => point[0] as number);
  const y = points.map((point) => point[1] as number);
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

/** Return where a label stands: the middle of the largest ring, weighed by area. */
export function middle(geometry: Geometry | null): Position | null {
  let best: Position | null = null;
  let most = 0;
  for (const ring of rings(geometry)) {
    const [x0, y0] = ring[0] as [number, number];
    let area = 0;
    let x = 0;
    let y = 0;
    for (let place = 1; place < ring.length; place += 1) {
      const [a, b, c, d] = [ring[place - 1], ring[place]].flatMap((point) => [
        (point?.[0] ?? 0) - x0,
        (point?.[1] ?? 0) - y0,
      ]) as [number, number, number, number];
      const part = a * d - c * b;
      area += part;
      x += (a + c) * part;
      y += (b + d) * part;
    }
    if (Math.abs(area) > most) {
      most = Math.abs(area);
      best = [x0 + x / (3 * area), y0 + y / (3 * area)];
    }
  }
  return best;
}
