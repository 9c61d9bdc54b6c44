import { create, type DescMethod, type MessageInitShape } from "@bufbuild/protobuf";
import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import { createDecoder, type Fields } from "./codec/decoder.js";
import { createEncoder } from "./codec/encoder.js";
import type { Form } from "./form.js";

/** Reads and writes the messages of one method. */
export interface Messages {
  /** Undefined when it does not decode, or is not plain. */
  read(form: Form, bytes: Buffer): Fields | undefined;
  /** @throws ConnectError when it is larger than a message may be */
  write(form: Form, message: Fields): Uint8Array;
}

/** JSON is read and written by Connect's own functions, whose forms are many; protobuf by the lane's codec. */
export function createMessages(method: DescMethod, maxMessageBytes: number): Messages {
  const decode = createDecoder(method.input);
  const encode = createEncoder(method.output);
  const limits = { readMaxBytes: maxMessageBytes, writeMaxBytes: maxMessageBytes };
  const lookup = createMethodSerializationLookup(method, undefined, { ignoreUnknownFields: false }, limits);
  const json = lookup.getI(false);
  const writeByConnect = (isBinary: boolean, message: Fields) =>
    lookup.getO(isBinary).serialize(create(method.output, message as MessageInitShape<typeof method.output>));
  return {
    read({ isBinary }, bytes) {
      try {
        return isBinary ? decode(bytes) : (json.parse(bytes) as unknown as Fields);
      } catch {
        return undefined;
      }
    },
    write({ isBinary }, message) {
      if (!isBinary) return writeByConnect(false, message);
      const bytes = encode(message).finish();
      // Connect says how large it is and may be.
      return bytes.length <= maxMessageBytes ? bytes : writeByConnect(true, message);
    },
  };
}
