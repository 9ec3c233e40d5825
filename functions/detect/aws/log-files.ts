import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";

import { patience } from "../../block/aws/patience.ts";
import { RetryableError } from "../../domain/errors.ts";

/** Whether a file lies in a folder that comes after an address; both begin with `s3://`. One request of one key. */
export function logFiles(client = new S3Client(patience)): (folder: string, address: string) => Promise<boolean> {
  return async (folder, address) => {
    const { host: Bucket, pathname } = new URL(folder);
    const after = new URL(address).pathname.slice(1);
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: pathname.slice(1), StartAfter: after, MaxKeys: 1 }),
    );
    // A proxy's page reads as an answer without a count, which would pass for an empty folder.
    if (page.KeyCount === undefined) throw new RetryableError(`S3 answers without the files of ${folder}; try again`);
    return page.KeyCount > 0;
  };
}
