import { LIMITS } from "../limits.js";
import { utf8Length } from "../metadata/utf8.js";

/**
 * Counts what one filter uses of its limits, while it is read and before its parts are built, so that a hostile
 * filter ends early. Each method says what is wrong, or undefined; the caller knows the place.
 *
 * A comparison is one term; a list is as many as it has values, at least one.
 */
export class FilterBudget {
  #terms = 0;
  #bytes = 0;

  /** @param count  terms to add */
  addTerms(count: number): string | undefined {
    this.#terms += count;
    if (this.#terms <= LIMITS.filterTermsMax) return undefined;
    return `holds more than ${LIMITS.filterTermsMax} comparisons and list values`;
  }

  /** Names and strings of a tree; the limit is the one of a filter string. */
  addText(text: string): string | undefined {
    this.#bytes += text.length > LIMITS.filterBytesMax ? text.length : utf8Length(text);
    if (this.#bytes <= LIMITS.filterBytesMax) return undefined;
    return `brings the names and strings of the filter over ${LIMITS.filterBytesMax} bytes of UTF-8`;
  }
}

/** @param depth  levels of a tree or of its parentheses; a comparison alone is 1 */
export function depthProblem(depth: number): string | undefined {
  if (depth <= LIMITS.filterDepthMax) return undefined;
  return `nests more than ${LIMITS.filterDepthMax} levels`;
}
