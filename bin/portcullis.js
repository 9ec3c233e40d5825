#!/usr/bin/env node
// Node 20 runs no TypeScript by itself: tsx is registered first, then the command line is loaded as it was written.
import { register } from "tsx/esm/api";

// The SDK is pinned; its notice about coming Node versions would stand between the lines of every command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

register();
const { main, beWellBehaved } = await import("../cli/main.ts");
beWellBehaved();
process.exitCode = await main(process.argv.slice(2));
// Output has been written; a socket that some server keeps open is no reason to stay.
setTimeout(() => process.exit(), 2_000).unref();
