/** Who is signed in, what they may, and whose data are shown. */
import { computed, shallowRef } from "vue";

import { answerOf, api, setCsrfToken, type Schemas } from "@/api/client";

export type Permission = Schemas["SignedIn"]["permissions"][number];
export type Need = Permission | "persons";

const current = shallowRef<Schemas["Session"] | null>(null);

function take(session: Schemas["Session"]): void {
  setCsrfToken(session.signed_in?.csrf_token ?? "");
  current.value = session;
}

export const session = computed(() => current.value);
export const signedIn = computed(() => current.value?.signed_in ?? null);

/** Ask the server who is signed in; at the start, and when it says that nobody is. */
export async function loadSession(): Promise<void> {
  take(await answerOf(api.GET("/v1/session")));
}

export async function logIn(username: string, password: string): Promise<void> {
  take(await answerOf(api.POST("/v1/session", { body: { username, password } })));
}

export async function logOut(): Promise<void> {
  take(await answerOf(api.DELETE("/v1/session")));
}

/** Whether who is signed in may do one of these; what the server would refuse is not offered. */
export function may(...needs: Need[]): boolean {
  const permissions = signedIn.value?.permissions ?? [];
  return needs.some((need) =>
    need === "persons" ? permissions.some((one) => one.startsWith("persons:")) : permissions.includes(need),
  );
}
