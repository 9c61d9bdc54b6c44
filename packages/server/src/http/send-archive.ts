import type { Message } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { refusal } from "../errors.js";
import type { DownloadSnapshotRequest, DownloadSnapshotResponse } from "../gen/vecstore/v1/snapshot_pb.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import { isGone, writeChunk } from "../rpc/write-response.js";
import type { HttpExchange } from "./invoke.js";

/** The one form of Range that is answered with a part: all from a byte on, as `curl --continue-at -` asks. */
const OPEN_RANGE = /^bytes=(\d{1,15})-$/;

/**
 * Takes the offset of a download from `Range`, as HTTP has it, where the parameter does not say it.
 *
 * @throws ConnectError INVALID_ARGUMENT where the two differ: one of them would be ignored, and bytes be put in the wrong place
 */
export function applyRange(message: Message, { request, url }: Pick<HttpExchange, "request" | "url">): void {
  const download = message as DownloadSnapshotRequest;
  const range = request.headers.range ?? "";
  const from = OPEN_RANGE.exec(range)?.[1];
  if (from === undefined) return;
  if (url.searchParams.has("offset") && download.offset !== BigInt(from)) {
    const message = `the header Range is ${range} and the parameter offset is ${download.offset}; send one of them, or the same`;
    throw refusal("INVALID_ARGUMENT", message);
  }
  download.offset = BigInt(from);
}

/**
 * Sends an archive as the body of a response, no faster than the caller takes it. Its length is known at once, so a body that ends
 * early is not taken for whole.
 *
 * @throws what fails before the head: nothing was sent then
 */
export async function sendArchive(
  messages: AsyncIterable<Message>,
  { request, response }: HttpExchange,
  message: Message,
): Promise<void> {
  const offset = Number((message as DownloadSnapshotRequest).offset);
  try {
    for await (const each of messages as AsyncIterable<DownloadSnapshotResponse>) {
      if (isGone(response)) return;
      if (!response.headersSent && !beginBody(request, response, each, offset)) return;
      if (each.data.length > 0 && !(await writeChunk(response, each.data))) return;
    }
    response.end();
  } catch (thrown) {
    if (!response.headersSent) throw thrown;
    // Bytes of an error would be taken for the archive's.
    response.destroy();
  }
}

/** Sets the head; returns false when it is the whole answer. */
function beginBody(
  request: NodeRequest,
  response: NodeResponse,
  { snapshot, totalBytes }: DownloadSnapshotResponse,
  offset: number,
): boolean {
  const total = Number(totalBytes);
  const isPart = OPEN_RANGE.test(request.headers.range ?? "") && offset > 0;
  response.setHeader("content-type", "application/x-tar");
  response.setHeader("content-disposition", `attachment; filename="${snapshot!.name}.tar"`);
  response.setHeader("accept-ranges", "bytes");
  response.setHeader("etag", `"${timestampMs(snapshot!.createdAt!).toString(36)}-${total.toString(36)}"`);
  response.statusCode = isPart ? 206 : 200;
  if (isPart && offset === total) {
    response.statusCode = 416;
    response.setHeader("content-range", `bytes */${total}`);
    response.end();
    return false;
  }
  if (isPart) response.setHeader("content-range", `bytes ${offset}-${total - 1}/${total}`);
  response.setHeader("content-length", total - offset);
  return true;
}
