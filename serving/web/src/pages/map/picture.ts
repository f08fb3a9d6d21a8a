/** The map as a picture that can stand alone: title, legend and where the data come from are in it. */
import { token } from "@/theme/theme";

import { UNKNOWN } from "./paint";

export interface Caption {
  title: string;
  subtitle: string;
  classes: { colour: string; label: string }[];
  /** What grey with dots means, "" where there is none. */
  hidden: string;
  notes: string[];
}

const MARGIN = 24;

export function picture(map: HTMLCanvasElement, caption: Caption): string {
  const scale = map.width / map.clientWidth || 1;
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
  const top = 74;
  const wide = map.clientWidth;
  const bottom = 28 + 18 * caption.notes.length;
  canvas.width = (wide + 2 * MARGIN) * scale;
  canvas.height = (top + map.clientHeight + bottom + 44) * scale;
  pen.scale(scale, scale);
  pen.fillStyle = token("paper");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const family = getComputedStyle(document.body).fontFamily;
  const write = (text: string, x: number, y: number, size: number, colour: string, weight = 400): void => {
    pen.font = `${weight} ${size}px ${family}`;
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  };
  write(caption.title, MARGIN, 34, 20, token("ink"), 600);
  write(caption.subtitle, MARGIN, 58, 13, token("quiet"));
  pen.drawImage(map, MARGIN, top, wide, map.clientHeight);
  let x = MARGIN;
  const y = top + map.clientHeight + 16;
  const swatches = caption.hidden
    ? [...caption.classes, { colour: UNKNOWN, label: caption.hidden }]
    : caption.classes;
  for (const one of swatches) {
    pen.fillStyle = one.colour;
    pen.fillRect(x, y, 22, 13);
    pen.strokeStyle = token("quiet");
    pen.strokeRect(x, y, 22, 13);
    write(one.label, x + 28, y + 11, 12, token("ink"));
    x += 28 + pen.measureText(one.label).width + 18;
  }
  caption.notes.forEach((note, line) => write(note, MARGIN, y + 40 + 18 * line, 12, token("quiet")));
  return canvas.toDataURL("image/png");
}
