/** What each kind of fault takes beside `kind`, `times` and `rpc`; a name with `!` is required. */
const KINDS = {
  pass: [],
  reset_before: [],
  reset_after: [],
  cut: ["bytes!"],
  hang: [],
  delay: ["delay_ms!"],
  status: ["status!", "retry_after", "strict", "body"],
  error: ["code!", "reason!", "message", "details", "retry_after", "strict"],
};
const COMMON = ["kind", "times", "rpc"];

/** Checks a list of faults. @throws Error that names the position, what was got and what is allowed */
export function checkFaults(faults) {
  if (!Array.isArray(faults)) throw new Error("faults must be an array");
  faults.forEach(checkFault);
  return faults;
}

function checkFault(fault, position) {
  const own = KINDS[fault?.kind];
  const at = `faults[${position}]`;
  if (own === undefined) throw new Error(`${at}.kind is ${fault?.kind}; use ${Object.keys(KINDS).join(", ")}`);
  const names = own.map((name) => name.replace("!", ""));
  for (const key of Object.keys(fault))
    if (![...COMMON, ...names].includes(key)) throw new Error(`${at} of the kind ${fault.kind} takes no ${key}`);
  if (fault.strict === true && fault.retry_after === undefined) throw new Error(`${at}.strict needs retry_after`);
  for (const name of own)
    if (name.endsWith("!") && fault[name.slice(0, -1)] === undefined)
      throw new Error(`${at} of the kind ${fault.kind} needs ${name.slice(0, -1)}`);
}

/** What a request gets that comes before the time that Retry-After named. */
const TOO_EARLY = { kind: "error", code: "internal", reason: "INTERNAL", message: "came before Retry-After was over" };

/** Hands out the faults of one proxy: each request takes the next one that is for its RPC; beyond them all pass. */
export class FaultQueue {
  #left;
  /** Until then a caller was asked to wait. */
  #notBefore = 0;

  constructor(faults) {
    this.#left = faults.flatMap((fault) => Array(fault.times ?? 1).fill(fault));
  }

  /** @param path  of the request, such as `/vecstore.v1.VecStoreService/Query` */
  take(path) {
    if (performance.now() < this.#notBefore) return TOO_EARLY;
    const rpc = path.split("/").at(-1);
    const at = this.#left.findIndex((fault) => fault.rpc === undefined || fault.rpc === rpc);
    if (at < 0) return { kind: "pass" };
    const [fault] = this.#left.splice(at, 1);
    if (fault.strict === true) this.#notBefore = performance.now() + fault.retry_after * 1_000;
    return fault;
  }
}
