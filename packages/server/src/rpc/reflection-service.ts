import { type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.js";
import type { ServerReflectionRequest } from "../gen/grpc/reflection/v1/reflection_pb.js";

/** v1 and v1alpha have the same fields, so one function answers both. */
type Ask = Omit<ServerReflectionRequest, "$typeName">;

/** Server reflection, so that tools such as grpcurl and buf curl need no schema. */
export function createReflection(services: readonly DescService[]) {
  // Error details travel as Any: with their file a tool can print them.
  const files = withDependencies([...services.map((service) => service.file), file_google_rpc_error_details]);
  const byName = new Map(files.map((file) => [protoName(file), file]));
  const bySymbol = new Map(files.flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file] as const)));
  const answer = ({ messageRequest: asked }: Ask) => {
    switch (asked.case) {
      case "listServices":
        return {
          case: "listServicesResponse" as const,
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        };
      case "fileByFilename":
        return fileResponse(byName.get(asked.value), asked.value);
      case "fileContainingSymbol":
        return fileResponse(bySymbol.get(asked.value), asked.value);
      case "allExtensionNumbersOfType":
        return {
          case: "allExtensionNumbersResponse" as const,
          value: { baseTypeName: asked.value, extensionNumber: [] },
        };
      default:
        return notFound("the schema has no extensions");
    }
  };
  return async function* reflect(requests: AsyncIterable<Ask>) {
    for await (const request of requests) {
      yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) };
    }
  };
}

function fileResponse(file: DescFile | undefined, name: string) {
  if (file === undefined) return notFound(`not found: ${name}`);
  const fileDescriptorProto = withDependencies([file]).map((each) => toBinary(FileDescriptorProtoSchema, each.proto));
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } };
}

function notFound(errorMessage: string) {
  return { case: "errorResponse" as const, value: { errorCode: Code.NotFound, errorMessage } };
}

/** Descriptors leave the extension out of a file's name. */
const protoName = (file: DescFile) => `${file.name}.proto`;

function withDependencies(roots: readonly DescFile[]): readonly DescFile[] {
  const seen = new Map<string, DescFile>();
  const visit = (file: DescFile) => {
    if (seen.has(file.name)) return;
    seen.set(file.name, file);
    file.dependencies.forEach(visit);
  };
  roots.forEach(visit);
  return [...seen.values()];
}

function symbolsOf(file: DescFile): string[] {
  const services = file.services.flatMap((service) => [
    service.typeName,
    ...service.methods.map((method) => `${service.typeName}.${method.name}`),
  ]);
  return [...services, ...file.enums.map((each) => each.typeName), ...file.messages.flatMap(symbolsOfMessage)];
}

function symbolsOfMessage(message: DescMessage): string[] {
  const fields = message.fields.map((field) => `${message.typeName}.${field.name}`);
  const enums = message.nestedEnums.map((each) => each.typeName);
  return [message.typeName, ...fields, ...enums, ...message.nestedMessages.flatMap(symbolsOfMessage)];
}
