import { describe, expect, it } from "vitest";
import { type ConnectionCapLimits, ConnectionCaps } from "./connection-caps.js";

function opened(limits: ConnectionCapLimits) {
  const caps = new ConnectionCaps(limits);
  const ends: (() => void)[] = [];
  const open = (address: string) => caps.enter(address, (leave) => ends.push(leave));
  return { open, ends };
}

describe("connections above the caps", () => {
  it("are told, of all together, until one ends", () => {
    const { open, ends } = opened({ maxConnections: 2 });
    expect(["a", "b", "c"].map(open)).toEqual(["serve", "serve", "tell"]);
    ends[0]!();
    expect(["c", "d"].map(open)).toEqual(["serve", "tell"]);
  });

  it("are told, of one address, and others are served", () => {
    const { open, ends } = opened({ maxConnections: 100, maxConnectionsPerAddress: 2 });
    const addresses = ["10.0.0.7", "::ffff:10.0.0.7", "10.0.0.7", "10.0.0.8"];
    expect(addresses.map(open)).toEqual(["serve", "serve", "tell", "serve"]);
    ends[1]!();
    expect(["10.0.0.7", "10.0.0.7"].map(open)).toEqual(["serve", "tell"]);
  });

  it("are dropped when many are told already, until one of those ends", () => {
    const { open, ends } = opened({ maxConnections: 1 });
    const first = Array.from({ length: 66 }, () => open("a"));
    expect([first[0], first[1], first[64], first[65]]).toEqual(["serve", "tell", "tell", "drop"]);
    expect(ends).toHaveLength(65);
    ends[64]!();
    expect(["a", "a"].map(open)).toEqual(["tell", "drop"]);
  });
});
