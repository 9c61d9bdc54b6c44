import { readFileSync } from "node:fs";

/** Version of the server, for example `0.1.0`. The package's file stands two levels up, from sources and from dist. */
export const VERSION: string = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
