/** For tests and benchmarks of the engine and of what is built on it. No semver: this may change with any release. */
export { type Core, type CoreOptions, loadCore } from "./core/core.js";
export { widthOf } from "./query/reach.js";
export { type Fault, FaultyEnv, type OperationKind } from "./storage/faulty-env.js";
export { ManualClock } from "./storage/manual-clock.js";
export { MemoryEnv, type MemoryEnvOptions } from "./storage/memory-env.js";
