import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import { describeValue } from "../metadata/describe.js";
import { isWellFormed, utf8Length } from "../metadata/utf8.js";

/** The caller's own words about a namespace, by name. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Checks the description of a namespace.
 *
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function validateDescription(description: unknown): string {
  assertText("description", description, 0, LIMITS.descriptionBytesMax);
  return description;
}

/**
 * Checks the labels of a namespace.
 *
 * @returns a copy
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function validateLabels(labels: unknown): Labels {
  if (typeof labels !== "object" || labels === null) {
    throw new VecstoreError("INVALID_ARGUMENT", `labels is ${typeof labels}; give an object of texts`);
  }
  const entries = Object.entries(labels);
  if (entries.length > LIMITS.labelsMax) {
    const message = `there are ${entries.length} labels; at most ${LIMITS.labelsMax} are allowed; remove some`;
    throw new VecstoreError("INVALID_ARGUMENT", message, {
      got: String(entries.length),
      max: String(LIMITS.labelsMax),
    });
  }
  for (const [key, value] of entries) {
    assertText("the key of a label", key, 1, LIMITS.labelKeyBytesMax);
    assertText(`label ${JSON.stringify(key)}`, value, 0, LIMITS.labelValueBytesMax);
  }
  return Object.fromEntries(entries);
}

/**
 * The labels after a change: `added` ones replace those of the same key, then `removed` ones go; a key that is not there is no error.
 *
 * @throws VecstoreError INVALID_ARGUMENT when a key is in both, or there are too many labels after it
 */
export function changeLabels(labels: Labels, added: Labels, removed: readonly string[]): Labels {
  if (!Array.isArray(removed)) {
    throw new VecstoreError("INVALID_ARGUMENT", `remove_labels is ${describeValue(removed)}; give an array of keys`);
  }
  const both = removed.find((key) => Object.hasOwn(added, key));
  if (both !== undefined) {
    const message = `label ${JSON.stringify(both)} is in labels and in remove_labels; name it in one of them`;
    throw new VecstoreError("INVALID_ARGUMENT", message, { label: both });
  }
  const gone = new Set(removed);
  return validateLabels(Object.fromEntries(Object.entries({ ...labels, ...added }).filter(([key]) => !gone.has(key))));
}

/**
 * Checks a switch of a namespace.
 *
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function validateFlag(what: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new VecstoreError("INVALID_ARGUMENT", `${what} is ${typeof value}; give true or false`);
}

function assertText(what: string, text: unknown, bytesMin: number, bytesMax: number): asserts text is string {
  const bytes = typeof text === "string" && isWellFormed(text) ? utf8Length(text) : -1;
  if (bytes >= bytesMin && bytes <= bytesMax) return;
  const got = bytes < 0 ? "no valid UTF-8" : `${bytes} bytes`;
  throw new VecstoreError(
    "INVALID_ARGUMENT",
    `${what} has ${got}; ${bytesMin} to ${bytesMax} bytes of UTF-8 are allowed`,
  );
}
