import { main } from "../../cli/main.ts";

/** Runs one command line and gives what it wrote to both streams. */
export async function run(...args: string[]) {
  const written = { out: "", err: "" };
  const spies = [
    capture(process.stdout, (text) => {
      written.out += text;
    }),
    capture(process.stderr, (text) => {
      written.err += text;
    }),
  ];
  try {
    return { code: await main(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function capture(stream: NodeJS.WriteStream, keep: (text: string) => void) {
  return jest.spyOn(stream, "write").mockImplementation((text, ...rest: unknown[]) => {
    keep(String(text));
    const written = rest.at(-1);
    if (typeof written === "function") written();
    return true;
  });
}
