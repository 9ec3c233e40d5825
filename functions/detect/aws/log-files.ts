import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";

/** Whether a file lies in a folder that comes after an address; both begin with `s3://`. One request of one key. */
export async function hasFileAfter(folder: string, address: string, client = new S3Client({})): Promise<boolean> {
  const { host: Bucket, pathname } = new URL(folder);
  const after = new URL(address).pathname.slice(1);
  const page = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix: pathname.slice(1), StartAfter: after, MaxKeys: 1 }),
  );
  return (page.Contents ?? []).length > 0;
}
