import { refusal } from "../errors.js";

/** Node's timers hold 31 bits: a longer time fires at once. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

const GRPC_UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
const CONNECT_TIMEOUT = /^\d{1,10}$/;
const GRPC_TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** The time that a caller allows, in milliseconds, by the header of Connect or of gRPC; undefined when none is named. */
export function askedTimeoutMs(header: Headers): number | undefined {
  return connectTimeoutMs(header) ?? grpcTimeoutMs(header);
}

/**
 * Shortens deadlines that no timer holds, about 24.8 days, before Connect arms its own. Unary calls are refused at far less,
 * and no long call lasts that long.
 */
export function clampTimeouts(header: Headers): void {
  if ((connectTimeoutMs(header) ?? 0) > TIMER_MS_MAX) header.set("connect-timeout-ms", String(TIMER_MS_MAX));
  // Eight digits at most, so in seconds.
  if ((grpcTimeoutMs(header) ?? 0) > TIMER_MS_MAX) header.set("grpc-timeout", `${Math.floor(TIMER_MS_MAX / 1000)}S`);
}

/**
 * Refuses what Connect refuses by itself, for doors that Connect does not guard.
 *
 * @throws ConnectError INVALID_ARGUMENT
 */
export function validateConnectTimeout(value: string | undefined): void {
  if (value === undefined || CONNECT_TIMEOUT.test(value)) return;
  const got = JSON.stringify(value.slice(0, 32));
  throw refusal("INVALID_ARGUMENT", `Connect-Timeout-Ms is ${got}; send milliseconds, a whole number of 1..10 digits`);
}

function connectTimeoutMs(header: Headers): number | undefined {
  const value = header.get("connect-timeout-ms");
  return value !== null && CONNECT_TIMEOUT.test(value) ? Number(value) : undefined;
}

function grpcTimeoutMs(header: Headers): number | undefined {
  const parts = GRPC_TIMEOUT.exec(header.get("grpc-timeout") ?? "");
  return parts === null ? undefined : Number(parts[1]) * (GRPC_UNIT_MS[parts[2] as string] as number);
}
