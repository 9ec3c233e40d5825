import { createServer } from "node:http";

import { listen } from "../../local/http.ts";

test("a stand-in listens on loopback only, so that nobody else on the network can claim to be a viewer", async () => {
  const server = createServer();
  const listening = await listen(server, 0);
  try {
    expect(server.address()).toMatchObject({ address: "127.0.0.1" });
  } finally {
    await listening.stop();
  }
});
