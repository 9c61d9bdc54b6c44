const GRPC_UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** The time that a caller allows, in milliseconds, by the header of Connect or of gRPC; undefined when none is named. */
export function askedTimeoutMs(header: Headers): number | undefined {
  const connect = header.get("connect-timeout-ms");
  if (connect !== null && /^\d{1,10}$/.test(connect)) return Number(connect);
  const grpc = /^(\d{1,8})([HMSmun])$/.exec(header.get("grpc-timeout") ?? "");
  return grpc === null ? undefined : Number(grpc[1]) * (GRPC_UNIT_MS[grpc[2] as string] as number);
}
