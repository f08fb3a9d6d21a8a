/** What came of a call: one key an outcome, what each needs beside it, and the request that writes it down. */
import type { Schemas } from "@/api/client";

export type Outcome = Schemas["OutcomeRequest"]["outcome"];
export type Reason = NonNullable<Schemas["OutcomeRequest"]["reason"]>;

export const KEY_OF: Record<Outcome, string> = {
  agreed: "a",
  call_later: "l",
  refused: "r",
  unreachable: "n",
  already_done: "d",
  contraindicated: "x",
  moved: "m",
  died: "e",
  tested: "t",
  positive: "p",
  negative: "g",
  treated: "h",
  closed: "z",
};

export const REASONS: Reason[] = [
  "afraid",
  "no_time",
  "feels_well",
  "too_far",
  "cost",
  "no_trust",
  "family",
  "other",
];

/** What somebody is about to write down; kept by task until it is written or dropped, whatever is shown meanwhile. */
export interface Draft {
  outcome: Outcome;
  reason: Reason | null;
  note: string;
  /** A day as YYYY-MM-DD: when to call again, or when the test was done. */
  on: string;
  /** Names the request, so that sending it again does not do it twice. */
  key: string;
}

export type Asks = "reason" | "note" | "again" | "tested" | "sure";

/** Return what a form must ask before an outcome is written down; null: nothing, one key is enough. */
export function asksFor(choice: Schemas["Choice"]): Asks | null {
  if (choice.needs) return choice.needs;
  if (choice.outcome === "call_later") return "again";
  if (choice.outcome === "tested") return "tested";
  // After these there is no way on but the undo of ten minutes, so a wrong key must not be enough.
  return choice.outcome === "died" || choice.outcome === "moved" ? "sure" : null;
}

/** Return a day (YYYY-MM-DD) so many days from now, in UTC as the server counts. */
export function dayFromNow(days: number, now = Date.now()): string {
  return new Date(now + days * 86_400_000).toISOString().slice(0, 10);
}

// The server's own default for a call-back, shown so that nobody wonders (serving/loop/transitions.py).
const CALL_AGAIN_DAYS = 7;

export function newDraft(outcome: Outcome): Draft {
  const on =
    outcome === "call_later" ? dayFromNow(CALL_AGAIN_DAYS) : outcome === "tested" ? dayFromNow(0) : "";
  return { outcome, reason: null, note: "", on, key: requestKey() };
}

/** Return whether a draft holds what its outcome must come with. */
export function complete(draft: Draft, asks: Asks | null): boolean {
  if (asks === "reason") return draft.reason !== null;
  if (asks === "note") return draft.note.trim() !== "";
  return asks === "again" || asks === "tested" ? draft.on !== "" : true;
}

/** Return the request that writes a draft down on a version of the task. */
export function requestOf(draft: Draft, version: number): Schemas["OutcomeRequest"] {
  return {
    version,
    outcome: draft.outcome,
    reason: draft.outcome === "refused" ? draft.reason : null,
    note: draft.note.trim(),
    call_again_on: draft.outcome === "call_later" ? draft.on : null,
    tested_on: draft.outcome === "tested" ? draft.on : null,
  };
}

/** Return a name for a request that no other has; `crypto.randomUUID` is missing where pages come by plain HTTP. */
export function requestKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
