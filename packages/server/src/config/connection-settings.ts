import * as kind from "./kinds.js";
import type { Setting } from "./settings.js";

const setting = <T>(of: Setting<T>): Setting<T> => of;

/** The settings of connections, and of how much may come by them. */
export const CONNECTION_SETTINGS = {
  tlsReloadIntervalMs: setting({
    key: "tls.reload_interval",
    kind: kind.duration(100, 3_600_000),
    default: 10_000,
    placeholder: "TIME",
    doc: "How often the TLS files are looked at; new ones are in use after two looks, or at once on SIGHUP.",
  }),
} as const;
