/** The lines of a list as a table for a spreadsheet. */
import { session } from "@/session";
import { named } from "@/i18n";
import type { Line } from "@/pages/lists/line";

type Cell = string | number | null;

/** Return header and rows; the last column says whose data they are, as every export does. */
export function tableOf(lines: Line[], t: (key: string) => string): { header: string[]; rows: Cell[][] } {
  const header = [
    "#",
    t("lists.find"),
    t("sex"),
    t("lists.age"),
    t("lists.home"),
    t("risk"),
    t("lists.tier"),
    t("lists.offer"),
    t("lists.due"),
    t("lists.state"),
    t("lists.reasons"),
    t("lists.notice"),
  ];
  const notice = named(session.value, "notice");
  const rows = lines.map((line): Cell[] => [
    line.rank,
    line.resident,
    line.female === null ? null : t(line.female ? "woman" : "man"),
    line.age === null ? null : Math.floor(line.age),
    named(line.now, "township_name"),
    line.risk?.risk ?? null,
    line.risk?.tier ? t(`tier.${line.risk.tier}`) : null,
    named(line.now?.offer, "label"),
    named(line.now, "due_label"),
    named(line.task, "state_label"),
    line.risk?.reasons.map((reason) => named(reason, "text")).join("; ") ?? null,
    notice,
  ]);
  return { header, rows };
}
