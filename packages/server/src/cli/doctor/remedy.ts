import type { DirectoryProblem } from "@vecstore/engine";

/** What to do about a problem, for people: by what it is of. */
export function remedyOf({ severity, file, message }: DirectoryProblem): string {
  if (severity === "notice")
    return "nothing to do: the next start puts it right. Should it come again, look at the disk";
  const snapshot = /\/snapshots\/([^/]+)\//.exec(file)?.[1];
  if (snapshot !== undefined)
    return `the snapshot ${snapshot} cannot be trusted: delete it, and make another; the records are not touched`;
  if (/use a newer/.test(message)) return "start the version that wrote it, or a newer one";
  if (/\/manifest-\d+$/.test(file)) {
    return "an older checkpoint: nothing is lost as long as the newest one is whole. Start the server; its next checkpoints replace it";
  }
  if (/\/graph-\d+$/.test(file)) return "derived: it is made again from the records at the next start";
  return "put the file back from a copy of the directory, or restore a snapshot (vecstore restore); look at the disk first";
}
