/** `package-lock.json`, as far as the checks of this folder read it. */
import * as z from "zod";

const packageSchema = z.object({
  /** Present where a package is installed under another name. */
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  optional: z.boolean().default(false),
  inBundle: z.boolean().default(false),
  link: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
  libc: z.array(z.string()).optional(),
});

export const lockSchema = z
  .object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), packageSchema) })
  .transform(({ packages }) =>
    Object.entries(packages)
      .filter(([path]) => path !== "")
      .map(([path, entry]) => {
        const alias = path.split("node_modules/").at(-1) ?? path;
        return { ...entry, path, alias, name: entry.name ?? alias };
      }),
  );
export type LockedPackage = z.output<typeof lockSchema>[number];

/** Of those with an exception, which have none to make any more. */
export function unneeded(reviewed: Readonly<Record<string, string>>, needed: ReadonlySet<string>): string[] {
  return Object.keys(reviewed).filter((name) => !needed.has(name));
}
