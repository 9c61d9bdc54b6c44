import { isIPv6 } from "node:net";

/** How an IPv4 address looks on a socket of IPv6. */
const MAPPED = "::ffff:";

/**
 * What stands for a client that is known by its address alone: an IPv4 address, or the first 64 bits of an IPv6 address, since
 * one host commonly has all addresses with those. Anything else stays as it is, such as an address that the system did not tell.
 */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return "unknown";
  if (address.toLowerCase().startsWith(MAPPED) && address.includes(".")) return address.slice(MAPPED.length);
  return isIPv6(address) ? `${firstGroups(address).join(":")}::/64` : address;
}

/** Four groups of 16 bits, without leading zeros. */
function firstGroups(address: string): string[] {
  const [head = "", tail] = (address.split("%", 1)[0] as string).split("::");
  const parts = (text: string | undefined) => (text ? text.split(":") : []);
  const [before, after] = [parts(head), parts(tail)];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<string>(Math.max(0, zeros)).fill("0"), ...after];
  return groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
}
