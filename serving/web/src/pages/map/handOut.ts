/** What is taken away from the map: the table as CSV, and the map as a picture that says whose data it shows. */
import { saveCsv, savePicture } from "@/components/save";
import { i18n, named } from "@/i18n";
import { session } from "@/session";

import type { AreaList } from "./answers";
import { picture } from "./picture";
import type { Scale } from "./scale";
import { told, WIDE, type Row, type Shown } from "./values";

export interface Sheet {
  list: AreaList;
  rows: Row[];
  shown: Shown;
  scale: Scale;
  classes: string[];
  title: string;
  subtitle: string;
}

const { t } = i18n.global;

function notice(): string {
  return session.value ? named(session.value, "notice") : "";
}

function fileName({ list, shown }: Sheet): string {
  const how = shown === "value" ? "" : `-${shown}`;
  return `${list.disease}-${list.measure.name}${how}-${list.level}`;
}

export function saveTable(sheet: Sheet): void {
  const header = ["code", "name"].map((one) => t(`map.header.${one}`));
  header.push(sheet.title, t("map.header.low"), t("map.header.high"));
  header.push(t("map.count"), t("map.header.denominator"), t("map.header.hidden"));
  const body = sheet.rows.map((row) => {
    const { value, low, high } = told(row, sheet.shown);
    return [row.code, named(row), value, low, high, row.estimate, row.denominator, row.suppressed_cells];
  });
  const notes = [notice(), sheet.subtitle, named(sheet.list.disclosure, "note")].map((note) => [note]);
  saveCsv(`${fileName(sheet)}.csv`, header, [...body, [], ...notes]);
}

export function saveMap(canvas: HTMLCanvasElement, sheet: Sheet): void {
  const untold = sheet.rows.some((row) => told(row, sheet.shown).value === null);
  const made = picture(canvas, {
    title: sheet.title,
    subtitle: sheet.subtitle,
    classes: sheet.classes.map((label, place) => ({ colour: sheet.scale.colours[place] ?? "", label })),
    hidden: untold ? t("map.hidden", { to: sheet.list.disclosure.suppress_up_to }) : "",
    notes: [
      notice(),
      `⟋⟋ ${t("map.unsure")}：${t("map.unsureWhy", { times: WIDE })} · ${named(sheet.list, "shapes_note")}`,
    ],
  });
  savePicture(`${fileName(sheet)}.png`, made);
}
