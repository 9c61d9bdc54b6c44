import { HEADER_LOCKS, LOCKS } from "../../src/core/layout";
import { header } from "./context";

/** Looks at a lock before its holder is taken to be asleep: what it does takes some microseconds. */
const LOOKS: u32 = 4096;
/** How long a waiter then sleeps, nanoseconds. */
const SLEEP_NS: i64 = 100_000;

/** Takes a lock. Waits for whoever holds it; a thread holds one at a time, so that none waits for ever. */
export function lock(address: usize): void {
  let looks: u32 = 0;
  while (atomic.cmpxchg<u32>(address, 0, 1) != 0) {
    if (++looks > LOOKS) atomic.wait<i32>(address, 1, SLEEP_NS);
  }
}

/** Gives a lock back; sleepers wake up by themselves. */
// @ts-ignore: decorator
@inline
export function unlock(address: usize): void {
  atomic.store<u32>(address, 0);
}

/** Address of the lock of a node's link lists and twins. Other nodes share it. */
// @ts-ignore: decorator
@inline
export function lockOf(slot: u32): usize {
  return <usize>load<u32>(header + HEADER_LOCKS) + ((slot & (LOCKS - 1)) << 2);
}
