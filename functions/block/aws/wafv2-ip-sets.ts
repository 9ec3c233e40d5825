/** WAF's IP sets by name. Ids are looked up once: they are not known when the other stack is deployed. */
import {
  GetIPSetCommand,
  ListIPSetsCommand,
  UpdateIPSetCommand,
  WAFNonexistentItemException,
  WAFOptimisticLockException,
  WAFUnavailableEntityException,
  WAFV2Client,
  type WAFV2ClientConfig,
} from "@aws-sdk/client-wafv2";

import type { Target } from "../../domain/ban.ts";
import type { IpSets } from "../../domain/environment.ts";
import { ConflictError, NotFoundError, RetryableError } from "../../domain/errors.ts";
import type { IpSet, IpSetStore } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

const SCOPES = { edge: "CLOUDFRONT", pool: "REGIONAL" } as const;

interface Door {
  readonly client: WAFV2Client;
  readonly scope: (typeof SCOPES)[Target];
  ids: Map<string, string> | null;
}

export function wafIpSets(
  sets: IpSets,
  pace: (region: string) => Promise<void> = async () => {},
  config: WAFV2ClientConfig = {},
): IpSetStore {
  const doors = new Map<Target, Door>();
  const doorOf = (target: Target): Door => {
    const region = sets[target]?.region;
    if (!region) throw new NotFoundError(`This deployment has no web ACL for ${target}`);
    const door = doors.get(target) ?? {
      client: new WAFV2Client({ ...patience, ...config, region }),
      scope: SCOPES[target],
      ids: null,
    };
    doors.set(target, door);
    return door;
  };
  return {
    async read(target, name) {
      const door = doorOf(target);
      const paced = () => pace(sets[target]?.region ?? "");
      return retryable(`IP set ${name}`)(async () => {
        const known = door.ids?.has(name) ?? false;
        const set = await readOnce(door, name, paced);
        if (set || !known) return set;
        // Deleted and made anew, it has another id.
        door.ids = null;
        return readOnce(door, name, paced);
      });
    },
    async write(target, name, set) {
      const { client, scope } = doorOf(target);
      const { id: Id, addresses, lockToken: LockToken, description } = set;
      await retryable(`IP set ${name}`)(() =>
        conflictNamed(name, () =>
          client.send(
            new UpdateIPSetCommand({
              ...{ Name: name, Scope: scope, Id, LockToken, Addresses: [...addresses] },
              // UpdateIPSet replaces what it is not given.
              ...(description && { Description: description }),
            }),
          ),
        ),
      );
    },
  };
}

async function readOnce(door: Door, name: string, paced: () => Promise<void>): Promise<IpSet | null> {
  door.ids ??= await listIds(door, paced);
  const id = door.ids.get(name);
  if (id === undefined) {
    door.ids = null;
    return null;
  }
  await paced();
  try {
    const { IPSet, LockToken } = await door.client.send(new GetIPSetCommand({ Name: name, Scope: door.scope, Id: id }));
    if (!IPSet || LockToken === undefined) return null;
    return { id, description: IPSet.Description ?? "", addresses: IPSet.Addresses ?? [], lockToken: LockToken };
  } catch (error) {
    if (error instanceof WAFNonexistentItemException) return null;
    throw error;
  }
}

async function listIds({ client, scope }: Door, paced: () => Promise<void>): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  let marker: string | undefined;
  do {
    await paced();
    const page = await client.send(
      new ListIPSetsCommand({ Scope: scope, Limit: 100, ...(marker !== undefined && { NextMarker: marker }) }),
    );
    for (const { Name, Id } of page.IPSets ?? []) if (Name !== undefined && Id !== undefined) ids.set(Name, Id);
    marker = page.NextMarker;
  } while (marker !== undefined);
  return ids;
}

async function conflictNamed<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WAFOptimisticLockException)
      throw new ConflictError(`The IP set ${name} was written by somebody else meanwhile`, { cause: error });
    if (error instanceof WAFUnavailableEntityException || error instanceof WAFNonexistentItemException)
      throw new RetryableError(`The IP set ${name} cannot be written right now`, { cause: error });
    throw error;
  }
}
