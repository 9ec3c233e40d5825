/** The environment variables that Lambda itself sets ("Defined runtime environment variables" in its guide). */
import type { Resource } from "../template.ts";

export interface ReservedOptions {
  readonly handler: string;
  readonly runtime: string;
  readonly memoryMegabytes: number;
  readonly accessKeyId: string;
  /** The Region that a function at the edge executes in, null for all others. */
  readonly edgeRegion: string | null;
}

/** At the edge a function runs as a replica: under a longer name, and in the Region nearest to the viewer. */
export function reservedVariables(resource: Resource, options: ReservedOptions): Record<string, string> {
  const name = options.edgeRegion === null ? resource.name : `${resource.region}.${resource.name}`;
  const region = options.edgeRegion ?? resource.region;
  return {
    _HANDLER: options.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${options.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_ACCESS_KEY_ID: options.accessKeyId,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    LANG: "en_US.UTF-8",
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    TZ: ":UTC",
  };
}
