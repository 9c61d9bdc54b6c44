/** The server as a library: for tests, and for programs that carry their own. */
export type { Address, Settings } from "./config.js";
export { type RunningServer, type ServerOptions, startServer } from "./main.js";
