// Several builders insert at once. Each takes the next slot; `indexed` follows behind the oldest slot that is not done,
// so that readers find every slot below it linked. The slots between the two are in flight.
import {
  FLIGHT_DONE, FLIGHT_LINKED, FLIGHT_SHIFT, FLIGHT_SLOTS, HEADER_BUILD_ENTRY, HEADER_COUNT, HEADER_ENTRY_LOCK,
  HEADER_ENTRY_POINT, HEADER_FLIGHT, HEADER_INDEXED, HEADER_NEXT, HEADER_STOP,
} from "../../src/core/layout";
import { header, levelOf } from "./context";
import { lock, unlock } from "./lock";

/** What `takeSlot` returns when there is none. */
export const NO_SLOT: u32 = 0xffffffff;
/** How long a builder that is too far ahead of another waits for it, nanoseconds. */
const SLEEP_NS: i64 = 1_000_000;
/** What `atomic.wait` returns when nothing changed. */
const TIMED_OUT: i32 = 2;

/**
 * Takes the next slot that has a code and no links; NO_SLOT when there is none, when builders shall stop, and when another
 * builder holds this one up for long.
 */
export function takeSlot(): u32 {
  while (atomic.load<u32>(header + HEADER_STOP) == 0) {
    const slot = atomic.load<u32>(header + HEADER_NEXT);
    if (slot >= atomic.load<u32>(header + HEADER_COUNT)) return NO_SLOT;
    const indexed = atomic.load<u32>(header + HEADER_INDEXED);
    // The first node is alone: everyone else begins at it. And the flight has room for so many.
    const tooFar = indexed == 0 ? slot > 0 : slot - indexed >= <u32>FLIGHT_SLOTS;
    if (tooFar && atomic.wait<i32>(header + HEADER_INDEXED, indexed, SLEEP_NS) == TIMED_OUT) return NO_SLOT;
    if (!tooFar && atomic.cmpxchg<u32>(header + HEADER_NEXT, slot, slot + 1) == slot) return slot;
  }
  return NO_SLOT;
}

// @ts-ignore: decorator
@inline
function flightOf(slot: u32): usize {
  return <usize>load<u32>(header + HEADER_FLIGHT) + ((slot & (FLIGHT_SLOTS - 1)) << 2);
}

// @ts-ignore: decorator
@inline
function stamp(slot: u32, state: u32): u32 {
  return ((slot + 1) << FLIGHT_SHIFT) | state;
}

/** Says that all lists of a node in flight are written and that other builders may link to it. */
export function markLinked(slot: u32): void {
  atomic.store<u32>(flightOf(slot), stamp(slot, FLIGHT_LINKED));
}

/** Whether other builders may link to a node in flight. */
export function isLinked(slot: u32): bool {
  return (atomic.load<u32>(flightOf(slot)) | FLIGHT_DONE) == stamp(slot, FLIGHT_LINKED | FLIGHT_DONE);
}

/** Whether a slot in flight is done: linked, or a twin. */
export function isDone(slot: u32): bool {
  return (atomic.load<u32>(flightOf(slot)) | FLIGHT_LINKED) == stamp(slot, FLIGHT_LINKED | FLIGHT_DONE);
}

/** Says that a slot is done and moves `indexed` behind the last slot before which all are. */
export function markDone(slot: u32): void {
  const linked = isLinked(slot) ? FLIGHT_LINKED : 0;
  atomic.store<u32>(flightOf(slot), stamp(slot, linked | FLIGHT_DONE));
  // Of two builders that finish at once, the later one sees both stamps.
  for (;;) {
    const indexed = atomic.load<u32>(header + HEADER_INDEXED);
    if (indexed >= atomic.load<u32>(header + HEADER_NEXT) || !isDone(indexed)) break;
    atomic.cmpxchg<u32>(header + HEADER_INDEXED, indexed, indexed + 1);
  }
  publishEntry();
}

/** Makes a node the builders' entry point when it is higher than the present one. */
export function raiseEntry(slot: u32, level: u32): void {
  lock(header + HEADER_ENTRY_LOCK);
  if (level > levelOf(atomic.load<u32>(header + HEADER_BUILD_ENTRY))) {
    atomic.store<u32>(header + HEADER_BUILD_ENTRY, slot);
  }
  unlock(header + HEADER_ENTRY_LOCK);
}

/** Gives readers the builders' entry point, once it is below `indexed`: they read the entry point first. */
function publishEntry(): void {
  if (atomic.load<u32>(header + HEADER_BUILD_ENTRY) == atomic.load<u32>(header + HEADER_ENTRY_POINT)) return;
  lock(header + HEADER_ENTRY_LOCK);
  const entry = atomic.load<u32>(header + HEADER_BUILD_ENTRY);
  if (entry < atomic.load<u32>(header + HEADER_INDEXED)) atomic.store<u32>(header + HEADER_ENTRY_POINT, entry);
  unlock(header + HEADER_ENTRY_LOCK);
}
