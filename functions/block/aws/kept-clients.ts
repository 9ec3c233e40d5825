/**
 * Clients that are made when they are first needed and kept. Each holds connections of its own: a client for every call would
 * shake hands anew each time, and leave its connections to whoever ends them.
 */
export function onePerRegion<Client>(make: (region: string) => Client): (region: string) => Client {
  const made = new Map<string, Client>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
}

export function oneForAll<Client>(make: () => Client): () => Client {
  let made: Client | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
