/** DynamoDB is dynalite, with the tables of the templates; calls are checked here and handed on over loopback. */
import { Agent, type IncomingMessage, request, Server } from "node:http";

import dynalite from "dynalite";
import * as z from "zod";

import { AwsError, jsonBody } from "./aws-wire.ts";
import { closeIterators } from "./dynalite-iterators.ts";
import { dynamoDbNeeds } from "./dynamodb-needs.ts";
import { type Listening, listen, readBody } from "./http.ts";
import type { AwsAnswer, AwsCall, AwsService } from "./ports.ts";
import type { Assembly, Resource } from "./template.ts";

export interface DynamoDb {
  readonly service: AwsService;
  stop(): Promise<void>;
}

const LARGEST_ANSWER = 64 * 1024 * 1024;
/** Members of a table's properties that CreateTable and dynalite know; all else is of no use without AWS. */
const creationMembers = [
  "KeySchema",
  "AttributeDefinitions",
  "BillingMode",
  "ProvisionedThroughput",
  "GlobalSecondaryIndexes",
  "LocalSecondaryIndexes",
];
const addressSchema = z.object({ TableName: z.string() });

export async function createDynamoDb({ assembly }: { assembly: Assembly }): Promise<DynamoDb> {
  const tables = assembly.ofType("AWS::DynamoDB::Table");
  const { port, stop } = await startDynalite();
  const agent = new Agent({ keepAlive: true });
  const forward = (call: Pick<AwsCall, "headers" | "body">) => handOn(call, port, agent);
  for (const table of tables) await createTable(table, forward);

  return {
    service: {
      needs: (call) => dynamoDbNeeds(call, tables),
      async call(call) {
        refuseOtherRegion(call, tables);
        return await forward(call);
      },
    },
    async stop() {
      agent.destroy();
      await stop();
    },
  };
}

/**
 * Stopped as a server only. Dynalite would close its store as well, and then throws, where nobody can catch it, for each
 * call that it still works on; the store is in memory and ends with the last of them.
 */
export function startDynalite(): Promise<Listening> {
  closeIterators();
  const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  server.close = Server.prototype.close;
  return listen(server, 0);
}

/** Dynalite knows one Region only: a table would be there wherever a handler looks for it. */
function refuseOtherRegion(call: AwsCall, tables: readonly Resource[]): void {
  const address = addressSchema.safeParse(jsonBody(call));
  const table = tables.find(({ name }) => address.success && name === address.data.TableName);
  if (table && table.region !== call.region)
    throw new AwsError("ResourceNotFoundException", "Requested resource not found");
}

async function createTable(
  table: Resource,
  forward: (call: Pick<AwsCall, "headers" | "body">) => Promise<AwsAnswer>,
): Promise<void> {
  const members = creationMembers.flatMap((member) =>
    member in table.properties ? [[member, table.properties[member]]] : [],
  );
  const answer = await forward({
    headers: {
      "x-amz-target": "DynamoDB_20120810.CreateTable",
      "content-type": "application/x-amz-json-1.0",
      "x-amz-date": "20261122T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: Buffer.from(JSON.stringify({ TableName: table.name, ...Object.fromEntries(members) })),
  });
  if (answer.status !== 200)
    throw new AwsError("ValidationException", `The table ${table.name} cannot be created: ${answer.body}`);
}

function handOn({ headers, body }: Pick<AwsCall, "headers" | "body">, port: number, agent: Agent): Promise<AwsAnswer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      agent,
      method: "POST",
      headers: { ...headers, "content-length": body.length },
    };
    request(options, (response) => answerOf(response).then(resolve, reject))
      .on("error", reject)
      .end(body);
  });
}

async function answerOf(response: IncomingMessage): Promise<AwsAnswer> {
  const { "content-type": type = "", "x-amz-crc32": crc32 } = response.headers;
  return {
    status: response.statusCode ?? 500,
    headers: { "content-type": type, ...(typeof crc32 === "string" ? { "x-amz-crc32": crc32 } : {}) },
    body: await readBody(response, LARGEST_ANSWER),
  };
}
