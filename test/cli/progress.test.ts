import { Writable } from "node:stream";

import { withProgress } from "../../cli/progress.ts";

/** As much of a terminal as a bar needs. */
function terminal(isTTY = true) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return { written, stream: Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream };
}

const after = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

test("work that takes its time is told with its share, and wiped away when it is done", async () => {
  const { written, stream } = terminal();
  const result = await withProgress(
    "reading logs",
    async (tell) => {
      await after(900);
      tell("judging", 0.5);
      await after(500);
      return 42;
    },
    { stream, waited: 0 },
  );
  expect(result).toBe(42);
  expect(written.join("")).toContain("reading logs");
  expect(written.join("")).toMatch(/judging █+░+ 50 %/);
  expect(written.at(-1)).toContain("\u001b[");
});

test("who has waited for the command to load is told at once, and how long it has been", async () => {
  const { written, stream } = terminal();
  await withProgress("reading logs", () => after(300), { stream, waited: 2_000 });
  expect(written.join("")).toMatch(/reading logs .*2 s/);
});

test("quick work and work in a pipe are not spoken of", async () => {
  const quick = terminal();
  await withProgress("quick", () => after(50), { stream: quick.stream, waited: 5_000 });
  const piped = terminal(false);
  await withProgress("slow", () => after(1_000), { stream: piped.stream, waited: 0 });
  expect([quick.written, piped.written]).toEqual([[], []]);
});

test("work that fails takes its bar away, and Ctrl-C still means what it meant", async () => {
  const { stream, written } = terminal();
  const listeners = process.listenerCount("SIGINT");
  const failing = withProgress(
    "reading",
    async () => {
      await after(900);
      expect(process.listenerCount("SIGINT")).toBe(listeners);
      throw new Error("broken");
    },
    { stream, waited: 0 },
  );
  await expect(failing).rejects.toThrow("broken");
  const shown = written.length;
  await after(400);
  expect(written).toHaveLength(shown);
});
