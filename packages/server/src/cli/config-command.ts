import { SETTING_NAMES, settingOf } from "../config/settings.js";
import type { LoadedConfig } from "../config.js";

/** One line a setting: key, value, and where it came from. No setting holds a secret. */
export function configText({ settings, sources }: LoadedConfig): string {
  const rows = SETTING_NAMES.map((name) => {
    const { key, kind } = settingOf(name);
    return { key, value: kind.format(settings[name]), source: sources[name] };
  });
  const keyWidth = Math.max(...rows.map(({ key }) => key.length));
  const valueWidth = Math.max(...rows.map(({ value }) => value.length));
  return rows
    .map(({ key, value, source }) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  # ${source}\n`)
    .join("");
}
