/** The one way to the server: typed by its OpenAPI description, and every refusal becomes a `Problem`. */
import createClient from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What the server says is wrong: where, what is allowed, what to do (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly problems: { field?: string; message?: string; [more: string]: unknown }[] = [],
  ) {
    super(detail || title);
  }
}

let csrfToken = "";
let signedOut: () => void = () => undefined;

/** Set what a request that changes something must carry. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Say what happens when the server no longer knows who asks. */
export function onSignedOut(then: () => void): void {
  signedOut = then;
}

export const api = createClient<paths>({ baseUrl: "" });

api.use({
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
  onError({ error }) {
    return new Problem(0, "unreachable", error instanceof Error ? error.message : String(error));
  },
});

/** Return what an asked route answered, or throw why it did not. */
export async function answerOf<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok && data !== undefined) return data;
  const said = (error ?? {}) as { title?: string; detail?: string; problems?: Problem["problems"] };
  if (response.status === 401) signedOut();
  throw new Problem(response.status, said.title ?? response.statusText, said.detail ?? "", said.problems);
}
