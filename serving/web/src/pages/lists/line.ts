/** One line of any list here: a candidate of a worklist, a task, or a place on a model's risk list. */
import type { Schemas } from "@/api/client";

export interface Line {
  /** Tells lines apart: one resident may have tasks of several weeks. */
  key: string;
  /** The resident's number, or an app's name for them. */
  resident: string;
  rank: number | null;
  age: number | null;
  female: boolean | null;
  risk: Schemas["RiskOut"] | null;
  /** What is due and was last done; null on a model's list, which knows no programme. */
  now: Schemas["PersonNow"] | null;
  task: Schemas["TaskShort"] | null;
  benefit: number | null;
  /** Chance with which the person was to be invited, where a lot decided. */
  lot: number | null;
}

export function lineOfCandidate(candidate: Schemas["ListedCandidate"]): Line {
  return {
    key: `person-${candidate.resident}`,
    resident: String(candidate.resident),
    rank: candidate.rank,
    age: candidate.age,
    female: candidate.female,
    risk: candidate.risk,
    now: candidate,
    task: candidate.task,
    benefit: candidate.expected_benefit,
    lot: candidate.chosen_by === "lot" ? candidate.inclusion_probability : null,
  };
}

export function lineOfTask(task: Schemas["TaskOut"], rank: number): Line {
  return {
    key: `task-${task.id}`,
    resident: String(task.resident),
    rank,
    age: task.person?.age ?? null,
    female: task.person?.female ?? null,
    risk: task.person?.risk ?? null,
    now: task.person,
    task,
    benefit: null,
    lot: task.by_lot ? task.inclusion_probability : null,
  };
}

export function lineOfListed(person: Schemas["ListedPerson"]): Line {
  return {
    key: `person-${person.resident}`,
    resident: String(person.resident),
    rank: person.rank,
    age: person.age,
    female: person.female,
    risk: person.risk,
    now: null,
    task: null,
    benefit: null,
    lot: null,
  };
}

/** Return a line with its task as a request has left it; what is known of the person stays. */
export function withTask(line: Line, task: Schemas["TaskOut"]): Line {
  return { ...line, task };
}

// What is to be called today, as `to_call` of the API has it; a line that was worked stays in sight until it is read anew.
const TO_CALL = new Set(["to_call", "unreachable"]);

/** Return the place of the next line that waits for a call, after `from` and then from the start; else the next one. */
export function nextToCall(lines: Line[], from: number): number {
  const order = [...lines.keys()].map((step) => (from + 1 + step) % lines.length);
  const waiting = order.find((place) => place !== from && TO_CALL.has(lines[place]?.task?.state ?? ""));
  return waiting ?? Math.min(from + 1, lines.length - 1);
}
