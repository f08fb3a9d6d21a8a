/** Writing outcomes down and taking them back: what is being typed, what was written last, and what was refused. */
import { computed, reactive, shallowRef, type ComputedRef, type ShallowRef } from "vue";

import { answerOf, api, Problem, type Schemas } from "@/api/client";
import type { Line } from "@/pages/lists/line";
import {
  asksFor,
  complete,
  newDraft,
  requestKey,
  requestOf,
  type Draft,
  type Outcome,
} from "@/pages/lists/outcomes";

type Task = Schemas["TaskOut"];

/** Somebody else was faster: the task as it is now, and what they did since. */
export interface Conflict {
  task: Task;
  since: Schemas["TransitionOut"][];
}

/** An action that was not done, and why. */
export interface Refusal {
  taskId: number;
  problem: Problem;
  conflict: Conflict | null;
}

export interface Done {
  lineKey: string;
  resident: string;
  task: Task;
  /** Whether it was taken back. */
  undone: boolean;
}

export interface Work {
  calling: ShallowRef<boolean>;
  busy: ShallowRef<boolean>;
  refusal: ShallowRef<Refusal | null>;
  done: ShallowRef<Done | null>;
  draftOf: (line: Line | null) => Draft | null;
  canUndo: ComputedRef<boolean>;
  choose: (line: Line, outcome: Outcome) => Promise<boolean>;
  save: (line: Line) => Promise<boolean>;
  drop: (line: Line) => void;
  undo: (line: Line | null) => Promise<boolean>;
}

// Not of a component: whoever looks at another page, or has to sign in anew, finds what they were typing.
const drafts = reactive(new Map<number, Draft>());

/** Return the work on the lines of a list; `changed` is told every task as the server has it now. */
export function useWork(changed: (lineKey: string, task: Task) => void): Work {
  const calling = shallowRef(false);
  const busy = shallowRef(false);
  const refusal = shallowRef<Refusal | null>(null);
  const done = shallowRef<Done | null>(null);

  function draftOf(line: Line | null): Draft | null {
    return (line?.task && drafts.get(line.task.id)) ?? null;
  }

  /** Send what changes a task; a refusal is kept with the task as it is now. */
  async function send(
    line: Line,
    taskId: number,
    request: () => Promise<{ task: Task }>,
  ): Promise<Task | null> {
    if (busy.value) return null;
    busy.value = true;
    try {
      const { task } = await request();
      refusal.value = null;
      changed(line.key, task);
      return task;
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "unreachable", String(error));
      const conflict = problem.status === 409 ? await overtaken(line) : null;
      if (conflict) changed(line.key, conflict.task);
      refusal.value = { taskId, problem, conflict };
      return null;
    } finally {
      busy.value = false;
    }
  }

  async function choose(line: Line, outcome: Outcome): Promise<boolean> {
    const choice = line.task?.choices.find((one) => one.outcome === outcome);
    if (!line.task || !choice) return false;
    const before = drafts.get(line.task.id);
    const draft = newDraft(outcome);
    // Words that were typed for another outcome are words about this person still.
    if (before) draft.note = before.note;
    drafts.set(line.task.id, draft);
    refusal.value = null;
    return asksFor(choice) === null ? save(line) : false;
  }

  async function save(line: Line): Promise<boolean> {
    const task = line.task;
    const draft = draftOf(line);
    const choice = task?.choices.find((one) => one.outcome === draft?.outcome);
    if (!task || !draft || !choice || !complete(draft, asksFor(choice))) return false;
    const key = draft.key;
    const after = await send(line, task.id, () =>
      answerOf(
        api.POST("/v1/tasks/{task}/outcome", {
          params: { path: { task: task.id }, header: { "Idempotency-Key": key } },
          body: requestOf(draft, task.version),
        }),
      ),
    );
    if (!after) {
      // Only where no answer came may the very same request have been done already.
      if (refusal.value?.problem.status !== 0) draft.key = requestKey();
      return false;
    }
    drafts.delete(task.id);
    calling.value = false;
    done.value = { lineKey: line.key, resident: line.resident, task: after, undone: false };
    return true;
  }

  function drop(line: Line): void {
    if (line.task) drafts.delete(line.task.id);
    refusal.value = null;
  }

  /** Take back the newest step of this line's task. */
  async function undo(line: Line | null): Promise<boolean> {
    const task = line?.task;
    if (!line || !task) return false;
    const after = await send(line, task.id, () =>
      answerOf(
        api.POST("/v1/tasks/{task}/undo", {
          params: { path: { task: task.id }, header: { "Idempotency-Key": requestKey() } },
          body: { version: task.version },
        }),
      ),
    );
    if (after) done.value = { lineKey: line.key, resident: line.resident, task: after, undone: true };
    return after !== null;
  }

  const canUndo = computed(() => done.value !== null && !done.value.undone);
  return { calling, busy, refusal, done, draftOf, canUndo, choose, save, drop, undo };
}

/** Return what somebody else has done to a line's task since it was read; null if it is as it was. */
async function overtaken(line: Line): Promise<Conflict | null> {
  const seen = line.task;
  if (!seen) return null;
  try {
    const { task, history } = await answerOf(
      api.GET("/v1/tasks/{task}", { params: { path: { task: seen.id } } }),
    );
    return task.version > seen.version
      ? { task, since: history.filter((step) => step.version > seen.version) }
      : null;
  } catch {
    return null; // the refusal itself is shown
  }
}
