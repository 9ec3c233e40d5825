import type { Deployment } from "../functions/domain/deployment.ts";

/** Address of the article that says what an alarm means and what to do; `article` is a heading of docs/runbook.md. */
export function runbookLink({ runbookUrl }: Deployment, article: string): string {
  return `${runbookUrl}#${article}`;
}
