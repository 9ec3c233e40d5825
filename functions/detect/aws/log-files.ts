import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";

import { patience } from "../../block/aws/patience.ts";

/** Whether a file lies in a folder that comes after an address; both begin with `s3://`. One request of one key. */
export function logFiles(client = new S3Client(patience)): (folder: string, address: string) => Promise<boolean> {
  return async (folder, address) => {
    const { host: Bucket, pathname } = new URL(folder);
    const after = new URL(address).pathname.slice(1);
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: pathname.slice(1), StartAfter: after, MaxKeys: 1 }),
    );
    return (page.Contents ?? []).length > 0;
  };
}
