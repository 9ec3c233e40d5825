import { AwsError } from "../aws-wire.ts";
import type { AwsCall } from "../ports.ts";

/**
 * The object of a PutObject. The SDK sends streams as `aws-chunked`: each chunk after its length in hex (and
 * perhaps a signature), at the end an empty chunk and trailers with a checksum, which is not checked here.
 */
export function unchunk({ headers, body }: Pick<AwsCall, "headers" | "body">): Buffer {
  if (!headers["x-amz-content-sha256"]?.startsWith("STREAMING-")) return body;
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = body.indexOf("\r\n", offset);
    const size = Number.parseInt(body.toString("latin1", offset, lineEnd), 16);
    if (lineEnd < 0 || !Number.isSafeInteger(size))
      throw new AwsError("IncompleteBody", "The chunked body is not well-formed");
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    offset = lineEnd + 2 + size + 2;
  }
}
