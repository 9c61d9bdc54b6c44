import type { Interruption } from "@vecstore/client";
import { countText } from "../online/quantities.js";
import { durationText } from "./progress.js";

/** What people are told of a server that is away, or is back. */
export function interruptionText({ state, error, attempts, durationMs, delayMs }: Interruption): string {
  if (state === "waiting") return `${error.message} (${error.reason}); tries again in ${secondsText(delayMs)}`;
  const tried = attempts === 1 ? "1 attempt" : `${countText(attempts)} attempts`;
  return `the server is back after ${secondsText(durationMs)} and ${tried}; goes on`;
}

/** Rounded up: a wait of some milliseconds is not none. */
function secondsText(ms: number): string {
  return durationText(Math.ceil(ms / 1000) * 1000);
}
