import { describe, expect, it } from "vitest";
import { addressGroup } from "./address-group.js";

describe("addressGroup", () => {
  it.each([
    ["10.0.0.7", "10.0.0.7"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["64:ff9b::10.0.0.7", "64:ff9b:0:0::/64"],
    [undefined, "unknown"],
  ])("puts %s into %s", (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});
