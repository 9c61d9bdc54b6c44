import type { TraceParent } from "./trace-context.js";

/** Decides whether the spans of a call are kept. */
export type Sampler = (traceId: string, parent: TraceParent | undefined) => boolean;

/** Names that OTEL_TRACES_SAMPLER may have here. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/** One of them. */
export type SamplerName = (typeof SAMPLERS)[number];

/** Those that follow the caller's word where there is one. */
const PARENT_BASED = "parentbased_";

/** Digits of a trace id that are looked at: its last 48 bits are random, and a double holds them exactly. */
const LOOKED_AT = 12;

/**
 * Makes a sampler of OpenTelemetry's.
 *
 * @param ratio  share of the traces that are kept, 0..1; only the ratio ones look at it
 */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  const isParentBased = name.startsWith(PARENT_BASED);
  const own = ownShare(isParentBased ? name.slice(PARENT_BASED.length) : name, ratio);
  return (traceId, parent) => (isParentBased && parent !== undefined ? parent.isSampled : isWithin(traceId, own));
}

function ownShare(name: string, ratio: number): number {
  if (name === "traceidratio") return ratio;
  return name === "always_on" ? 1 : 0;
}

/** All services that look at the same bits keep the same traces. */
function isWithin(traceId: string, share: number): boolean {
  return Number.parseInt(traceId.slice(-LOOKED_AT), 16) < share * 16 ** LOOKED_AT;
}
