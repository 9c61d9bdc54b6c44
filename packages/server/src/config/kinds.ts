/** What a setting may hold: how it is read from text or YAML, and how it is printed. */
export interface Kind<T> {
  /** What is allowed, for help and error messages. */
  readonly allowed: string;
  /** Reads a flag, an environment variable or a YAML scalar. @throws ConfigError */
  readonly parse: (raw: unknown) => T;
  /** The text that `parse` reads back. */
  readonly format: (value: T) => string;
  /** True when the flag stands alone (`--insecure`). */
  readonly isSwitch?: boolean;
  /** True when the flag may repeat and YAML may hold a list. */
  readonly isList?: boolean;
}

/** A configuration that cannot be used: the command prints the message and exits with 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Where to listen. Port 0 takes a free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** When an acknowledged write is on the disk. */
export type Fsync = "always" | "never" | { readonly intervalMs: number };

const refuse = (raw: unknown, allowed: string): never => {
  throw new ConfigError(`got ${JSON.stringify(raw)}; allowed: ${allowed}`);
};

/** Any text that is not empty. */
export function text(allowed: string): Kind<string> {
  const parse = (raw: unknown) => (typeof raw === "string" && raw !== "" ? raw : refuse(raw, allowed));
  return { allowed, parse, format: (value) => value };
}

/** Like `text`, and may be absent. */
export function optionalText(allowed: string): Kind<string | undefined> {
  return { ...text(allowed), format: (value) => value ?? "" };
}

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  const allowed = words.join(", ");
  const parse = (raw: unknown) => words.find((word) => word === raw) ?? refuse(raw, allowed);
  return { allowed, parse, format: (value) => value };
}

/** A whole number between two bounds, both included. */
export function integer(min: number, max: number): Kind<number> {
  const allowed = `a whole number ${min}..${max}`;
  const parse = (raw: unknown) => {
    const value = typeof raw === "string" && /^\d+$/.test(raw) ? Number(raw) : raw;
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
      return refuse(raw, allowed);
    return value;
  };
  return { allowed, parse, format: String };
}

/** Like `integer`, and may be absent. */
export function optionalInteger(min: number, max: number): Kind<number | undefined> {
  return { ...integer(min, max), format: (value) => (value === undefined ? "" : String(value)) };
}

/** A share of a whole. */
export function share(): Kind<number> {
  const allowed = "a number 0..1";
  const parse = (raw: unknown) => {
    const value = typeof raw === "string" && /^(\d+(\.\d*)?|\.\d+)$/.test(raw) ? Number(raw) : raw;
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) return refuse(raw, allowed);
    return value;
  };
  return { allowed, parse, format: String };
}

/** On or off. */
export function toggle(): Kind<boolean> {
  const allowed = "true, false";
  const parse = (raw: unknown) => {
    if (raw === true || raw === "true" || raw === "1") return true;
    if (raw === false || raw === "false" || raw === "0") return false;
    return refuse(raw, allowed);
  };
  return { allowed, parse, format: String, isSwitch: true };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A time such as `500ms`, `10s`, `5m`, `1h`; held in milliseconds. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  const allowed = `a time ${formatMs(minMs)}..${formatMs(maxMs)}, such as 500ms, 10s, 5m`;
  const parse = (raw: unknown) => {
    const ms = parseMs(raw);
    return ms === undefined || ms < minMs || ms > maxMs ? refuse(raw, allowed) : ms;
  };
  return { allowed, parse, format: formatMs };
}

function parseMs(raw: unknown): number | undefined {
  const match = typeof raw === "string" ? /^(\d+)(ms|s|m|h)$/.exec(raw) : null;
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] as string] as number);
}

function formatMs(ms: number): string {
  const unit = ["h", "m", "s"].find((name) => ms >= (UNIT_MS[name] as number) && ms % (UNIT_MS[name] as number) === 0);
  return unit === undefined ? `${ms}ms` : `${ms / (UNIT_MS[unit] as number)}${unit}`;
}

/** `always`, `never`, or how often. */
export function fsync(): Kind<Fsync> {
  const allowed = "always, never, or an interval such as 100ms";
  const parse = (raw: unknown): Fsync => {
    if (raw === "always" || raw === "never") return raw;
    const intervalMs = parseMs(raw);
    return intervalMs === undefined || intervalMs < 1 ? refuse(raw, allowed) : { intervalMs };
  };
  return { allowed, parse, format: (value) => (typeof value === "string" ? value : formatMs(value.intervalMs)) };
}

const ADDRESS_ALLOWED = "HOST:PORT, [IPV6]:PORT or :PORT (every interface), port 0..65535";

/** `HOST:PORT`. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseAddress(raw: unknown): Address {
  const match = typeof raw === "string" ? /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(raw.trim()) : null;
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return refuse(raw, ADDRESS_ALLOWED);
  return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
}

/** At most one address. */
export function address(): Kind<Address | undefined> {
  return { allowed: ADDRESS_ALLOWED, parse: parseAddress, format: (value) => (value ? formatAddress(value) : "") };
}

/** A list: a flag that repeats, a YAML list, or text with commas. */
function listOf<T>(
  allowed: string,
  parseOne: (raw: unknown) => T,
  formatOne: (value: T) => string,
): Kind<readonly T[]> {
  const parse = (raw: unknown) => {
    const items = Array.isArray(raw) ? raw : [raw];
    return items
      .flatMap((item) => (typeof item === "string" ? item.split(",").map((part) => part.trim()) : [item]))
      .map(parseOne);
  };
  return { allowed, parse, format: (values) => values.map(formatOne).join(","), isList: true };
}

/** Several addresses. */
export const addresses = (): Kind<readonly Address[]> => listOf(ADDRESS_ALLOWED, parseAddress, formatAddress);

/** Origins of browsers, or `*`. */
export function origins(): Kind<readonly string[]> {
  const allowed = "origins such as https://app.example.com, or *";
  const parseOne = (raw: unknown) => {
    const isOrigin = typeof raw === "string" && (raw === "*" || /^[a-z][a-z0-9+.-]*:\/\/[^/\s,]+$/i.test(raw));
    return isOrigin ? (raw as string) : refuse(raw, allowed);
  };
  return listOf(allowed, parseOne, (value) => value);
}
