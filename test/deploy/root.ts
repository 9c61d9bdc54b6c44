import { run } from "./run.js";

/** A command of a shell in a root. */
export interface RootCommand {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly command: string;
}

/** Of this machine, for what a step fetches: where names are looked up, whom TLS trusts, what npm fetched before. */
const LENT = `
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/mnt"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mkdir "$root/mnt/npm"
mount --bind "$(npm config get cache)" "$root/mnt/npm"
set -- npm_config_cache=/mnt/npm npm_config_prefer_offline=true "$@"
if [ -n "\${NODE_EXTRA_CA_CERTS:-}" ]; then
  cp "$NODE_EXTRA_CA_CERTS" "$root/mnt/authorities.pem"
  set -- NODE_EXTRA_CA_CERTS=/mnt/authorities.pem npm_config_cafile=/mnt/authorities.pem "$@"
fi
exec env -i "$@"
`;

/** Runs a step in a root, as root and with the machine's network. Mounts are the step's own and end with it. */
export async function runInRoot({ root, env, workdir, command }: RootCommand): Promise<void> {
  const variables = Object.entries({ HOME: "/tmp", ...env }).map(([name, value]) => `${name}=${value}`);
  const inside = ["chroot", root, "/bin/sh", "-c", `cd "$0" && ${command}`, workdir];
  const script = `set -e; root=$1; shift; ${LENT}`;
  const unshare = ["--mount", "--propagation", "private", "/bin/sh", "-c", script, "step", root];
  await run("unshare", [...unshare, ...variables, ...inside]);
}
