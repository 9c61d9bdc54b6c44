import type { NodeRequest } from "../node-http.js";

/** A protocol that the lane speaks. */
export type Protocol = "connect" | "grpc" | "grpc-web";

/** What comes before a body. */
export type Head = Pick<NodeRequest, "headers" | "method" | "httpVersionMajor">;

/** How a call's messages travel. */
export interface Form {
  readonly protocol: Protocol;
  readonly isBinary: boolean;
  /** Of the answer. */
  readonly contentType: string;
  /** Bytes around a message: the head of a frame, or nothing. */
  readonly frameBytes: number;
  readonly headers: ProtocolHeaders;
}

interface ProtocolHeaders {
  readonly timeout: string;
  readonly encoding: string;
  readonly acceptEncoding: string;
}

const CONNECT: ProtocolHeaders = {
  timeout: "connect-timeout-ms",
  encoding: "content-encoding",
  acceptEncoding: "accept-encoding",
};
const GRPC: ProtocolHeaders = {
  timeout: "grpc-timeout",
  encoding: "grpc-encoding",
  acceptEncoding: "grpc-accept-encoding",
};

/** A flag byte and four bytes of length. */
const FRAME_HEAD_BYTES = 5;

const BARE = { protocol: "connect", frameBytes: 0, headers: CONNECT } as const;
const FRAMED = { isBinary: true, frameBytes: FRAME_HEAD_BYTES, headers: GRPC } as const;
const CONNECT_PROTO: Form = { ...BARE, isBinary: true, contentType: "application/proto" };
const CONNECT_JSON: Form = { ...BARE, isBinary: false, contentType: "application/json" };
const GRPC_PROTO: Form = { ...FRAMED, protocol: "grpc", contentType: "application/grpc+proto" };
const WEB_PROTO: Form = { ...FRAMED, protocol: "grpc-web", contentType: "application/grpc-web+proto" };

/** By the content type, written as clients write it. JSON over gRPC is rare. */
const FORMS = new Map<string | undefined, Form>([
  ["application/proto", CONNECT_PROTO],
  ["application/json", CONNECT_JSON],
  ["application/grpc", GRPC_PROTO],
  ["application/grpc+proto", GRPC_PROTO],
  ["application/grpc-web", WEB_PROTO],
  ["application/grpc-web+proto", WEB_PROTO],
]);

/**
 * The form of a call that the lane takes; undefined for one that it leaves to Connect: another method or content type, a
 * compressed body, gRPC over HTTP/1.1.
 */
export function formOf({ headers, method, httpVersionMajor }: Head): Form | undefined {
  const form = FORMS.get(headers["content-type"]);
  if (form === undefined || method !== "POST") return undefined;
  if (form.protocol === "grpc" && httpVersionMajor === 1) return undefined;
  const encoding = headers[form.headers.encoding];
  return encoding === undefined || encoding === "identity" ? form : undefined;
}

/** The message in a whole body; undefined when it is anything but one frame that is not compressed. */
export function messageIn({ frameBytes }: Form, body: Buffer): Buffer | undefined {
  if (frameBytes === 0) return body;
  const isOne = body.length >= frameBytes && body[0] === 0 && body.readUInt32BE(1) === body.length - frameBytes;
  return isOne ? body.subarray(frameBytes) : undefined;
}
