import type { Facts } from "../errors.js";
import type { Credential } from "./credential.js";
import { isBound, type Need, type Role, satisfies } from "./roles.js";

/** Who calls. `userId` is the key's id and goes to the log, never a caller's header. */
export interface Allowed {
  readonly isAllowed: true;
  readonly userId: string;
  /** Undefined for who came by an open door: nothing that needs a key is theirs. */
  readonly role: Role | undefined;
  /** What they came with; undefined where no key was needed. */
  readonly credential?: Credential;
}

/** Why a call is refused, as a reason of the schema. */
export interface Refused {
  readonly isAllowed: false;
  readonly reason: "API_KEY_MISSING" | "API_KEY_UNKNOWN" | "PERMISSION_DENIED" | "ORIGIN_NOT_ALLOWED" | "RATE_LIMITED";
  readonly message: string;
  /** What belongs to the error, such as how long to wait. */
  readonly facts?: Facts;
  /** The id of the key, where the key is known and may not. */
  readonly userId?: string;
}

/** Whether a call may go on. */
export type Decision = Allowed | Refused;

/** Characters of a namespace's name in a message: longer ones are not names. */
const NAME_CHARS_SHOWN = 128;

/**
 * The one place that says what a caller may do; every door asks here.
 *
 * @param decision   who calls, or why they were refused before: that stays
 * @param need       what the request needs
 * @param namespace  where; left out while it is not known, or where the need holds for the server. Whether it exists plays no
 *                   part, so that the answer does not tell
 */
export function permit(decision: Decision, need: Need, namespace?: string): Decision {
  if (!decision.isAllowed || need === "open") return decision;
  const { role, credential } = decision;
  if (role === undefined) return refused("API_KEY_MISSING", KEY_MISSING);
  if (credential?.ending !== undefined) return endedBy(credential.id, credential.ending);
  if (!satisfies(role, need)) {
    return denied(decision, `has the role ${role}; this needs ${need}. Use another key, or ask an admin for one`);
  }
  const isForeign = namespace !== undefined && isBound(role) && credential?.namespaces.has(namespace) !== true;
  if (!isForeign) return decision;
  const shown = JSON.stringify(namespace.slice(0, NAME_CHARS_SHOWN));
  return denied(decision, `is not bound to the namespace ${shown}; name one that it is bound to, or use another key`);
}

function denied({ userId }: Allowed, why: string): Refused {
  return { ...refused("PERMISSION_DENIED", `the API key ${userId} ${why}`), userId };
}

/** Says how to send a key. */
export const KEY_MISSING = "no API key came; send one by the header X-API-Key, or Authorization: Bearer";

/** Says what to do about a key that nobody knows. Nothing of the key: it may be one with a letter too many. */
export const KEY_UNKNOWN =
  'the API key is unknown; check that it is whole and of this server. An admin sees which there are with "vecstore keys list"';

/**
 * The refusal of a key that ended.
 *
 * @param ending  such as `was revoked`
 * @param when    what stands behind that, for a call that it ended
 */
export function endedBy(id: string, ending: string, when = ""): Refused {
  const message = `the API key ${id} ${ending}${when}; use the one that replaced it, or ask an admin for another`;
  return { ...refused("API_KEY_UNKNOWN", message), userId: id };
}

/** A refusal. */
export function refused(reason: Refused["reason"], message: string): Refused {
  return { isAllowed: false, reason, message };
}

/** The namespace of a call that names none: the one that its key is bound to, when that is one. */
export function boundNamespace(decision: Decision): string | undefined {
  const namespaces = decision.isAllowed ? decision.credential?.namespaces : undefined;
  if (namespaces?.size !== 1) return undefined;
  const [only] = namespaces;
  return only;
}
